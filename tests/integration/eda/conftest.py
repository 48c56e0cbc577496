# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from .version_service import VersionService


@pytest.fixture()
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[VersionService]:
    """A web service on loopback, which no proxy of the machine stands in front of."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with VersionService(tmp_path / "service") as running:
        yield running
