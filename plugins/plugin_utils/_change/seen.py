# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the test hosts saw before a batch and after it, side by side, and small enough to be kept for a whole fleet.

The files of the probes hold every probe; here the same finding on many test hosts stands once, with their names.
"""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils import _verification
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
    Plain,
    host_of,
    read_json,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.rollout import subject_of

BEFORE: t.Final = "before"
AFTER: t.Final = "after"
NOT_ASKED: t.Final = "not asked"


def of_batch(directory: ChangeDirectory, batch: int) -> Plain | None:
    """Return what was seen of a batch, None where no test host looked.

    Returns:
        `hosts`, all that looked; `before` and `after`, each with `counts`, `table` (a row for each service, with the
        counts of each host), `tls_floor` and `not_run` by host, `failed`, `unknown` (each finding once, with its
        `test_hosts`) and `unprobed` (the endpoints by reason), or None where none looked; `changed`, what came out
        otherwise after the batch than before it.

    Raises:
        ChangeError: a file of the probes is damaged.
    """
    told = {when: _told(directory, batch, when) for when in (BEFORE, AFTER)}
    hosts = sorted({*told[BEFORE], *told[AFTER]})
    if not hosts:
        return None
    # A test host that could not be reached leaves no file.
    before, after = (_report(told[when], hosts, directory, batch, when) for when in (BEFORE, AFTER))
    was = _outcomes(before)
    return {
        "hosts": hosts,
        "before": before and _side(before, None),
        "after": after and _side(after, was),
        "changed": _changed(was, after) if before and after else [],
    }


def _told(directory: ChangeDirectory, batch: int, when: str) -> Plain:
    folder = directory.probes(batch, when, "x").parent
    return {host_of(path.stem): read_json(path) for path in sorted(folder.glob("[!.]*.json"))}


def _report(told: Plain, hosts: t.Iterable[str], directory: ChangeDirectory, batch: int, when: str) -> Plain | None:
    if not told:
        return None
    try:
        return _verification.report({host: told.get(host) for host in hosts})
    except (_verification.ReportError, KeyError, TypeError, AttributeError) as error:
        folder = directory.probes(batch, when, "x").parent
        raise ChangeError(
            f"A file in {folder} is damaged: {error}. Restore it from where you keep your changes."
        ) from error


def _side(report: Plain, was: t.Mapping[t.Any, str] | None) -> Plain:
    counts = dict.fromkeys(_verification.OUTCOMES.values(), 0)
    for subject in report["subjects"]:
        counts[_verification.OUTCOMES[subject["passed"]]] += 1
    return {
        "counts": {"total": len(report["subjects"]), **counts},
        "table": report["table"],
        "tls_floor": {
            host: {
                key: floor[key] for key in ("passed", "said", "remedy") if floor.get(key) is not None or key == "passed"
            }
            for host, floor in report["tls_floor"].items()
        },
        "not_run": report["not_run"],
        "failed": _findings(report["subjects"], False, was),
        "unknown": _findings(report["subjects"], None, was),
        "unprobed": _unprobed(report["unprobed"]),
    }


def _findings(subjects: t.Iterable[Plain], outcome: bool | None, was: t.Mapping[t.Any, str] | None) -> list[Plain]:
    """Return what did not pass, each finding once, with the test hosts that made it.

    With `was` each says how it was `before`.
    """
    found: dict[tuple[t.Any, ...], Plain] = {}
    for subject in subjects:
        if subject["passed"] is not outcome:
            continue
        before = {} if was is None else {"before": was.get(subject_of(subject), NOT_ASKED)}
        for entry in subject["entries"]:
            key = (entry["target"], entry["path"], entry["expect"], entry["cause"], *before.values())
            kept = {name: value for name, value in entry.items() if name != "test_host"}
            found.setdefault(key, {**kept, **before, "test_hosts": []})["test_hosts"].append(entry["test_host"])
    return list(found.values())


def _outcomes(report: Plain | None) -> dict[tuple[t.Any, ...], str]:
    subjects = report["subjects"] if report else ()
    return {subject_of(subject): _verification.OUTCOMES[subject["passed"]] for subject in subjects}


def _changed(was: t.Mapping[tuple[t.Any, ...], str], after: Plain) -> list[Plain]:
    found: dict[tuple[t.Any, ...], Plain] = {}
    for subject in after["subjects"]:
        before, now = was.get(subject_of(subject)), _verification.OUTCOMES[subject["passed"]]
        if before is None or before == now:
            continue
        about = {key: subject[key] for key in ("targets", "expect", "services")}
        key = (*subject["targets"], subject["expect"], before, now)
        found.setdefault(key, {**about, "before": before, "after": now, "test_hosts": []})["test_hosts"].append(
            subject["test_host"]
        )
    return list(found.values())


def _unprobed(items: t.Iterable[Plain]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in items:
        found.setdefault(str(item["reason"]), []).append(str(item["endpoint"]))
    return found
