# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The options of ``denied_requests_info``: those of the host's half, and those that the controller keeps."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._selection_options import SELECTION_OPTIONS

LOG_OPTIONS: dict[str, t.Any] = {
    "logs": {"type": "list", "elements": "path", "default": ["/var/log/squid/access.log"]},
    "hours": {"type": "float"},
    "max_bytes": {"type": "int", "default": 1073741824},
}
"""Which logs are read where they stand, and how much of them."""

JUDGING_OPTIONS: dict[str, t.Any] = {
    **SELECTION_OPTIONS,
    "entries": {"type": "dict"},
    "denied_names": {"type": "list", "elements": "str", "default": []},
    "limit": {"type": "int", "default": 200},
}
"""By what the controller judges."""

ARGUMENT_SPEC: dict[str, t.Any] = {**JUDGING_OPTIONS, **LOG_OPTIONS}
