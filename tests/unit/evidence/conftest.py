# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory of changes: one taken back, one that came to its end, and one under way; a copy for each test."""

from __future__ import annotations

import datetime
import os
import shutil
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import lease, results
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import ChangeDirectory

from lab import sample_changes

RESTORED, CONFIRMED, UNDER_WAY = "CHG-1", "CHG-2", "CHG-3"
LATER = sample_changes.BEGIN + datetime.timedelta(days=3)


@pytest.fixture(autouse=True, scope="session")
def _quick_disk():
    """Nothing here is about a machine that loses its power."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield


@pytest.fixture(scope="session")
def _made(_quick_disk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("made") / "changes"
    hour = datetime.timedelta(hours=1)
    sample_changes.restored(root, RESTORED, 6)
    sample_changes.confirmed(root, CONFIRMED, 6, sample_changes.BEGIN + hour)
    sample_changes.under_way(root, UNDER_WAY, 6, sample_changes.BEGIN + 2 * hour)
    return root


@pytest.fixture()
def changes(_made: Path, tmp_path: Path) -> Path:
    """The directory of changes, for this test alone."""
    return Path(shutil.copytree(_made, tmp_path / "changes"))


@pytest.fixture()
def change(changes: Path):
    """Return one of the changes by its id."""
    return lambda id: ChangeDirectory.of(str(changes), id)


def taken_back(directory, names=("berlin-proxy-1",), at=LATER):
    """Restore appliances after the end of their change, as a run does."""
    lease.take(directory, names, sample_changes.RUN, at)
    for name in names:
        results.advance(directory, name, results.RESTORING, at, "somebody asked for it")
        results.advance(directory, name, results.RESTORED, at)
