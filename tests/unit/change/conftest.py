# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import lease

from .changes import RUN


@pytest.fixture(autouse=True)
def same_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tasks on appliances do is done by the run that the tests began."""
    monkeypatch.setattr(lease, "this_run", lambda: RUN)
