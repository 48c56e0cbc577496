# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An edition is told with the SHA-256 of the very file that it was read from."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils import _selection
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import shipped
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selected import editions_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import select
from ansible_collections.managed_desktop.network.plugins.plugin_utils._edition_status import editions_in

DATA = Path(_selection.__file__).parent / "data"


@pytest.mark.parametrize("source", shipped.sources())
def test_every_shipped_edition_has_the_digest_of_its_file(source: str) -> None:
    for edition in shipped.editions(source):
        (told,) = editions_of(select([source], edition))
        assert told["sha256"] == hashlib.sha256((DATA / source / f"{edition}.json").read_bytes()).hexdigest()


@pytest.mark.parametrize("name", ["own.txt", "own.csv", "own.json"])
def test_a_file_of_the_user_has_that_of_its_bytes(tmp_path: Path, name: str) -> None:
    content = {"own.txt": "a.example\r\n", "own.csv": "host\r\na.example\r\n"}.get(
        name, '[{"id": 1, "serviceArea": "Common", "urls": ["a.example"], "tcpPorts": "443", "required": true}]'
    )
    path = tmp_path / name
    path.write_bytes(content.encode())
    (told,) = editions_of(select([str(path)]))
    assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_editions_of_one_name_with_other_content_are_two() -> None:
    one = {"source": "own", "edition": "1", "status": "current", "sha256": "a"}
    assert editions_in([{"editions": [one]}, {"editions": [{**one, "sha256": "b"}]}, {"editions": [one]}]) == [
        one,
        {**one, "sha256": "b"},
    ]
