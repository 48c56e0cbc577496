# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the changes of a directory are as they were when they ended: each file, and the chain from one to the next.

What a chain cannot show is that its newest links were taken away, or all of it was made anew: keep the digest of the
newest manifest elsewhere too, in git or signed.
"""

from __future__ import annotations

import contextlib
import datetime
import itertools
import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import (
    growth,
    lease,
    manifest,
    results,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
    Plain,
    digest_of,
    read_bytes,
    read_json,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.manifest import Link

INTACT: t.Final = "intact"
ALTERED: t.Final = "altered"
UNDER_WAY: t.Final = "under way"
UNFINISHED: t.Final = "not finished"

_LIVING: t.Final = ("results/", "probes/", "backups/", "evidence.json", "report.html")
"""What a run writes before its manifest."""
_MADE_ANEW: t.Final = ("evidence.json", "report.html")
"""What every revision of a change makes anew of all the rest. Results grow, and a batch may be carried out again."""


def audit(root: str, now: datetime.datetime) -> Plain:
    """Return what is found in a directory of changes.

    Args:
        root: the directory.
        now: by which it is told whether a run that holds an appliance is still at work.

    Returns:
        `passed`: None where nothing is wrong but a change is under way; `changes`, by id: `state` (`intact`,
        `altered`, `under way`, or `not finished` where it has no manifest yet), `revision`, `made`, `outcome`, `files`
        (how many), the paths that are `altered`, `missing` and `added`, and `messages`; `chain`, the manifests in the
        order in which they were made; `broken`, where the chain does not hold; `warnings`.

    Raises:
        ChangeError: the directory cannot be read.
    """
    folder = Path(root)
    try:
        folders = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise ChangeError(f"{folder} cannot be read: {error.strerror}. Check allowlist_change_dir.") from error
    busy = {change for change, _appliance, _run in lease.at_work(folder, now)}
    links: list[Link] = []
    changes = {path.name: _change(path, path.name in busy, links) for path in folders if path.is_dir()}
    broken, warnings = _chain(links)
    warnings += [f"{path} is no directory of a change." for path in folders if not path.is_dir()]
    states = {item["state"] for item in changes.values()}
    return {
        "passed": False if broken or ALTERED in states else None if UNDER_WAY in states else True,
        "changes": changes,
        "chain": [
            {**link.named, "made": link.data["made"], "previous": link.data["previous"]}
            for link in sorted(links, key=lambda link: (link.data["made"], link.data["change"], link.data["revision"]))
        ],
        "broken": broken,
        "warnings": warnings,
    }


def _change(folder: Path, busy: bool, links: list[Link]) -> Plain:
    """Return what is found of one change, and add its manifests to `links`."""
    found: Plain = {
        "state": UNFINISHED,
        "revision": None,
        "made": None,
        "outcome": None,
        "files": 0,
        "altered": [],
        "missing": [],
        "added": [],
        "messages": [],
    }
    revisions = []
    for path in manifest.manifests_of(folder):
        try:
            link = manifest.parsed(read_bytes(path), path)
            _refuse_foreign(folder, path, link)
        except (ChangeError, FileNotFoundError) as error:
            found["messages"].append(str(error))
        else:
            revisions.append((path, link))
    current = revisions[-1][1] if revisions and revisions[-1][0].name == "manifest.json" else None
    if current is None:
        if manifest.manifests_of(folder):
            found["messages"].append(f"{folder}/manifest.json is gone, or none.")
    else:
        found.update({key: current.data[key] for key in ("revision", "made", "outcome")})
        found["files"] = len(current.data["files"])
        _compare(folder, current, found)
        _compare_revisions(ChangeDirectory(folder.parent, folder.name), [link for _path, link in revisions], found)
    links += {link.sha256: link for _path, link in revisions}.values()
    found["state"] = _state(found, current, busy)
    return found


def _refuse_foreign(folder: Path, path: Path, link: Link) -> None:
    if link.data["change"] != folder.name:
        raise ChangeError(f"{path} is the manifest of change {link.data['change']!r}. Somebody put it there.")


def _compare(folder: Path, current: Link, found: Plain) -> None:
    """Compare the files of a change with its manifest."""
    wanted = current.data["files"]
    directory = ChangeDirectory(folder.parent, folder.name)
    try:
        there = manifest.files_of(directory, current.data["revision"])
    except ChangeError as error:
        found["messages"].append(str(error))
        return
    found["altered"] = [name for name in wanted if name in there and there[name] != wanted[name]]
    found["missing"] = [name for name in wanted if name not in there]
    found["added"] = [name for name in there if name not in wanted]
    copy = manifest.superseded(directory, current.data["revision"])  # begun by a run that was killed then
    if copy.is_file() and digest_of(read_bytes(copy)) != current.sha256:
        found["added"].append(copy.name)


def _compare_revisions(directory: ChangeDirectory, revisions: t.Sequence[Link], found: Plain) -> None:
    """Compare what was to stay from one revision of a change to the next, and to what there is now."""
    contents = _results(directory)
    for earlier, later in itertools.pairwise(revisions):
        renewed = _renewed(directory, earlier.data["files"], later.data["files"], contents)
        for name, was in earlier.data["files"].items():
            now = later.data["files"].get(name)
            if now == was or name.startswith(renewed) or (now is not None and _only_grew(name, was, now)):
                continue
            became = "was taken away" if now is None else "was altered"
            found["messages"].append(
                f"{name} {became} between revision {earlier.data['revision']} and {later.data['revision']}."
            )
    for link in revisions:
        for name, content in contents.items():
            if name in link.data["files"] and not growth.continues(content, link.data["files"][name]):
                found["messages"].append(
                    f"{name} does not go on from what it was in revision {link.data['revision']}: it was altered."
                )


def _only_grew(name: str, was: Plain, now: Plain) -> bool:
    """Tell whether a file may be another in a later revision, whatever else happened.

    That a result begins as it did before is told by the file itself.
    """
    if name.startswith(growth.RESULTS):
        return bool(
            now.get("steps", 0) > was.get("steps", 0) or now.get("facts") == was.get("facts") or not was.get("steps")
        )
    return name in _MADE_ANEW


def _results(directory: ChangeDirectory) -> dict[str, bytes]:
    """Return the results that are there, by their path in the change."""
    found = {}
    for path in sorted(directory.result("x").parent.glob("[!.]*.json")):
        with contextlib.suppress(ChangeError, FileNotFoundError):  # told already
            found[path.relative_to(directory.path).as_posix()] = read_bytes(path)
    return found


def _renewed(
    directory: ChangeDirectory, earlier: Plain, later: Plain, contents: t.Mapping[str, bytes]
) -> tuple[str, ...]:
    """Return what a run that applied a batch once more has made anew: what was seen of it, and what was saved.

    Also the approval, where that run checked the one which is there afterwards.
    """
    try:
        batches = read_json(directory.plan)["batches"]
        batch_of = {directory.result(name): number for number, names in enumerate(batches, 1) for name in names}
    except (ChangeError, FileNotFoundError, KeyError, TypeError, AttributeError):
        return ()  # told already: the plan is not as it was
    found = []
    approval = later.get(directory.approval.name, {}).get("sha256")
    for name, content in contents.items():
        first, last = (side.get(name, {}).get("approvals", 0) for side in (earlier, later))
        if approval in growth.approvals_between(content, first, last):
            found.append(directory.approval.name)
        first, last = (side.get(name, {}).get("steps", 0) for side in (earlier, later))
        if results.APPLYING in growth.stages_between(content, first, last):
            number = batch_of.get(directory.path / name)
            found += [f"probes/{number}-before/", f"probes/{number}-after/", name.replace("results", "backups", 1)]
    return tuple(found)


def _state(found: Plain, current: Link | None, busy: bool) -> str:
    if found["messages"]:
        return ALTERED
    if current is None:
        return UNFINISHED
    differing = [*found["altered"], *found["missing"], *found["added"]]
    if not differing:
        return INTACT
    living = busy and not found["missing"] and all(name.startswith(_LIVING) for name in differing)
    return UNDER_WAY if living else ALTERED


def _chain(links: t.Sequence[Link]) -> tuple[list[Plain], list[str]]:
    """Return where the chain is broken, and what is odd about it though it holds."""
    by_digest = {link.sha256: link for link in links}
    broken = []
    following: dict[str | None, list[Link]] = {}
    for link in links:
        following.setdefault(link.follows, []).append(link)
        if link.follows is not None and link.follows not in by_digest:
            before = link.data["previous"]
            broken.append(
                {
                    "change": link.data["change"],
                    "revision": link.data["revision"],
                    "text": (
                        f"{_named(link)} follows revision {before['revision']} of {before['change']} with SHA-256 "
                        f"{before['sha256']}, and no manifest has that: it was altered or taken away."
                    ),
                }
            )
    warnings = []
    for digest, several in sorted(following.items(), key=lambda item: item[0] or ""):
        if len(several) > 1:
            what = f"follow {_named(by_digest[digest])}" if digest in by_digest else "say that nothing was before them"
            warnings.append(
                f"{' and '.join(sorted(map(_named, several)))} all {what}. So it is where controllers that share no "
                "directory of changes end changes at once; elsewhere one of them was put in later."
            )
    return broken, warnings


def _named(link: Link) -> str:
    return f"{link.data['change']} (revision {link.data['revision']})"


def to_text(found: t.Mapping[str, t.Any]) -> str:
    """Return a line for each change, then each file that is not as it was, then where the chain is broken."""
    lines = []
    for name, item in found["changes"].items():
        about = f", {item['files']} files, revision {item['revision']}, made {item['made']}" if item["revision"] else ""
        lines.append(f"{name}: {item['state']}{about}")
        lines += [f"  {kind}: {path}" for kind in ("altered", "missing", "added") for path in item[kind]]
        lines += [f"  {message}" for message in item["messages"]]
    lines += [f"chain broken: {item['text']}" for item in found["broken"]]
    lines += [f"odd: {text}" for text in found["warnings"]]
    return "\n".join([*lines, _VERDICTS[found["passed"]]]) + "\n"


_VERDICTS: t.Final = {
    True: "Every file is as its manifest says, and the chain is whole.",
    False: "Not everything is as it was: see above.",
    None: "Nothing is wrong, but a change is under way again after its end. Audit once more when it has ended.",
}
