# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every platform that the harness of faults disturbs, by its name."""

from __future__ import annotations

import typing as t

from tests.integration.simulators.checkpoint.target import CheckPointTarget
from tests.integration.simulators.fortios.target import FeedTarget, FilterTarget
from tests.integration.simulators.panos.panos_target import PanoramaTarget, PanosTarget, RulesTarget
from tests.integration.simulators.target import ApiTarget
from tests.integration.simulators.zia.target import OneApiTarget, ZiaTarget

TARGETS: t.Final[dict[str, type[ApiTarget]]] = {
    "checkpoint": CheckPointTarget,
    "fortios_push_feed": FeedTarget,
    "fortios_url_filter": FilterTarget,
    "zia": ZiaTarget,
    "zia-oneapi": OneApiTarget,
    "panos": PanosTarget,
    "panos-rules": RulesTarget,
    "panorama": PanoramaTarget,
}
