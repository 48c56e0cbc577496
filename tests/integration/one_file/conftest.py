# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import subprocess
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._feed.appliance import feed_from
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import MANAGE_OPTIONS, manage, report
from ansible_collections.managed_desktop.network.plugins.module_utils._pac.appliance import DEVICE_OPTIONS, pac_from
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import feed, pac
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint

Json = dict[str, t.Any]


@dataclasses.dataclass
class Written:
    """One file as the collection writes it: `kind` is pac or feed."""

    kind: str
    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "www" / "list"

    @property
    def backups(self) -> Path:
        return self.folder / "backups" / "managed_desktop"

    def params(self, **options: t.Any) -> Json:
        known = {**MANAGE_OPTIONS, **DEVICE_OPTIONS}
        defaults = {key: option.get("default") for key, option in known.items()}
        where = {"path": str(self.path), "backup_dir": str(self.folder / "backups")}
        return {**defaults, **where, **options}

    def call(self, check: bool = False, diff: bool = False, **options: t.Any) -> Json:
        return manage(pac_from if self.kind == "pac" else feed_from, self.params(**options), check, diff)

    def present(self, *names: str, check: bool = False, diff: bool = False, **options: t.Any) -> Json:
        endpoints = [Endpoint.from_dict({"host": name, "service": "Store"}) for name in names]
        if self.kind == "pac":
            artefact = pac.compile(endpoints, pac.Options.from_dict({"name": "test", "proxies": ["p.example:3128"]}))
        else:
            given = {"name": "test", "feed_format": "domains", "plain_matches": "subdomains"}
            artefact = feed.compile(endpoints, feed.Options.from_dict(given))
        told = {"digests": {"file": artefact.digest}, "needs": artefact.needs, "artefact": artefact.packed()}
        return self.call(check, diff, **{**told, **options})

    def info(self, **options: t.Any) -> Json:
        make = pac_from if self.kind == "pac" else feed_from
        return report(make, self.params(**options, include_entries=True))

    def snapshot(self) -> dict[str, t.Any]:
        found = {}
        for path in [self.folder, *self.folder.rglob("*")]:
            at = path.lstat()
            found[str(path)] = (at.st_ino, at.st_mtime_ns, at.st_size, at.st_mode)
        return found


@pytest.fixture(params=["pac", "feed"])
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Written:
    (tmp_path / "www").mkdir()
    return Written(request.param, tmp_path)


@pytest.fixture()
def small_disk(tmp_path: Path) -> t.Iterator[Path]:
    """A file system of 100 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(place)], check=True)
    yield place
    subprocess.run(["umount", str(place)], check=True)
