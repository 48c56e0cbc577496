# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every file of a finished change is, by its SHA-256, chained to the manifest that was made before.

A change that is taken back after its end, or ends in a second run, gets a new revision: the manifest before is kept as
``manifest-<revision>.json``, byte for byte, and the new one names it like any other file. So every manifest that
another is chained to stays as it was. What begins with a dot, such as what a killed run had begun to write, is no part
of a change.
"""

from __future__ import annotations

import datetime
import re
import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import growth
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.approval import written
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
    Plain,
    canonical,
    digest_of,
    one_at_a_time,
    read_bytes,
    read_json,
    write_bytes,
    write_json,
)

FORMAT: t.Final = 1
SIGNATURE: t.Final = "manifest.json.sig"
"""The one file that may be added after a manifest: somebody's signature of it."""

_KEYS: t.Final = {"format", "change", "revision", "made", "outcome", "files", "previous"}
_OF_FILE: t.Final = {"sha256", "bytes"}
_SUPERSEDED = re.compile(r"manifest-([1-9][0-9]{0,5})\.json")


class Link(t.NamedTuple):
    """One manifest of some change: its own digest, and what it says."""

    sha256: str
    data: Plain

    @property
    def named(self) -> Plain:
        """How another manifest names it."""
        return {"change": self.data["change"], "revision": self.data["revision"], "sha256": self.sha256}

    @property
    def follows(self) -> str | None:
        """The digest of the manifest that it follows, None where it is the first."""
        return str(self.data["previous"]["sha256"]) if self.data["previous"] else None


def write(directory: ChangeDirectory, outcome: str, now: datetime.datetime) -> Plain:
    """Write the manifest of a change and return it; where nothing moved since the last one, that is it.

    Raises:
        ChangeError: a file cannot be read or written, or the manifest that is there is damaged.
    """
    with one_at_a_time(directory.lock("x").parent):
        try:
            last = parsed(read_bytes(directory.manifest), directory.manifest)
        except FileNotFoundError:
            last = None
        if (
            last
            and last.data["outcome"] == outcome
            and last.data["files"] == files_of(directory, last.data["revision"])
        ):
            return last.data
        revision = 1
        if last:
            revision = last.data["revision"] + 1
            _keep(directory, last)
        data = {
            "format": FORMAT,
            "change": directory.id,
            "revision": revision,
            "made": written(now),
            "outcome": outcome,
            "files": files_of(directory, revision),
            "previous": _newest(links_in(directory.root)),
        }
        write_json(directory.manifest, data)
    return data


def tells_of(directory: ChangeDirectory, outcome: str) -> bool:
    """Tell whether the manifest of a change is of this end: its outcome is the same, and no result has grown since.

    A result that has become shorter, or is gone, is no end that a run came to.

    Raises:
        ChangeError: the manifest is damaged.
    """
    try:
        last = parsed(read_bytes(directory.manifest), directory.manifest).data
    except FileNotFoundError:
        return False
    now = {name: item.get("steps", 0) for name, item in files_of(directory, last["revision"]).items()}
    then = {name: last["files"].get(name, {}).get("steps", 0) for name in {*now, *last["files"]}}
    shorter = any(now.get(name, 0) < steps for name, steps in then.items())
    return bool(last["outcome"] == outcome and (shorter or all(now.get(name, 0) == then[name] for name in then)))


def _keep(directory: ChangeDirectory, last: Link) -> None:
    """Keep the manifest that is superseded, and its signature."""
    kept = superseded(directory, last.data["revision"])
    write_bytes(kept, canonical(last.data))
    signature = directory.manifest.with_name(SIGNATURE)
    if signature.is_file():
        signature.rename(kept.with_name(f"{kept.name}.sig"))


def superseded(directory: ChangeDirectory, revision: int) -> Path:
    """Return where an earlier revision of a manifest is kept."""
    return directory.path / f"manifest-{revision}.json"


def files_of(directory: ChangeDirectory, revision: int) -> dict[str, Plain]:
    """Return digest and size of every file that the manifest of a revision names, by its path in the change.

    Of results also what `growth` tells of them.

    Raises:
        ChangeError: something is no regular file, or cannot be read.
    """
    own = {directory.manifest.name, SIGNATURE, superseded(directory, revision).name}
    found = {}
    for path in sorted(_files_below(directory.path)):
        name = path.relative_to(directory.path).as_posix()
        if name not in own:
            content = read_bytes(path)
            grown = growth.told_of(content) if name.startswith(growth.RESULTS) else {}
            found[name] = {"sha256": digest_of(content), "bytes": len(content), **grown}
    return found


def _files_below(folder: Path) -> t.Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise ChangeError(f"{folder} cannot be read: {error.strerror}.") from error
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_symlink() or not (entry.is_dir() or entry.is_file()):
            raise ChangeError(f"{entry} is neither a file nor a directory, so that nothing vouches for it. Remove it.")
        if entry.is_dir():
            yield from _files_below(entry)
        else:
            yield entry


def parsed(content: bytes, path: Path) -> Link:
    """Return the manifest that a file holds.

    Raises:
        ChangeError: it is none, or not as this collection writes them.
    """
    data = read_json(path)
    previous = data.get("previous")
    sound = (
        set(data) == _KEYS
        and data["format"] == FORMAT
        and isinstance(data["revision"], int)
        and data["revision"] > 0
        and all(isinstance(data[key], str) for key in ("change", "made", "outcome"))
        and isinstance(data["files"], dict)
        and all(isinstance(item, dict) and set(item) - growth.KEYS == _OF_FILE for item in data["files"].values())
        and (previous is None or (isinstance(previous, dict) and set(previous) == {"change", "revision", "sha256"}))
        and canonical(data) == content
    )
    if not sound:
        raise ChangeError(
            f"{path} is not as this collection writes manifests: it was altered. Restore it from where you keep your "
            "changes."
        )
    return Link(digest_of(content), data)


def manifests_of(folder: Path) -> list[Path]:
    """Return the manifests of the change in a directory, those that are superseded first, in their order."""
    numbers = sorted(
        int(found[1]) for path in folder.glob("manifest-*.json") if (found := _SUPERSEDED.fullmatch(path.name))
    )
    newest = [folder / "manifest.json"] if (folder / "manifest.json").is_file() else []
    return [*(folder / f"manifest-{number}.json" for number in numbers), *newest]


def links_in(root: Path) -> list[Link]:
    """Return every sound manifest of all changes, each once."""
    found: dict[str, Link] = {}
    for folder in sorted(root.iterdir()):
        if folder.name.startswith("."):
            continue
        for path in manifests_of(folder):
            try:
                link = parsed(read_bytes(path), path)
            except (ChangeError, FileNotFoundError):
                continue  # the audit tells of it; a change has to end all the same
            found[link.sha256] = link
    return list(found.values())


def _newest(links: t.Sequence[Link]) -> Plain | None:
    """Return the end of the chain: what nothing follows yet, and of several ends the one that was made last."""
    followed = {link.follows for link in links}
    ends = [link for link in links if link.sha256 not in followed]
    if not ends:
        return None
    return max(ends, key=lambda link: (link.data["made"], link.data["change"], link.data["revision"])).named
