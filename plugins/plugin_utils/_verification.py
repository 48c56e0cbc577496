# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the results of all test hosts to one report. Pure; `_verification_text` writes it for people and machines."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._probe.verdict import Subject, subjects
from ansible_collections.managed_desktop.network.plugins.plugin_utils._edition_status import editions_in
from ansible_collections.managed_desktop.network.plugins.plugin_utils._remedies import remedy

MUST_BE_REFUSED: t.Final = "(must be refused)"
NO_SERVICE: t.Final = "(no service named)"

Plain = dict[str, t.Any]
OUTCOMES: t.Final = {True: "passed", False: "failed", None: "unknown"}


class ReportError(ValueError):
    """What was given is not the results of test hosts."""


def report(results: t.Mapping[str, t.Any], platforms: t.Mapping[str, t.Sequence[str]] | None = None) -> Plain:
    """Return the report on what `reachability_info` returned on each test host.

    Args:
        results: the module's result by test host; a host where it failed, or did not run, is reported as such.
        platforms: by test host, the platforms of the appliances on its way, to say how the TLS remedy is applied there.

    Returns:
        `passed` (None while anything is unknown and nothing failed), `hosts`, `table` (a row for each service, with the
        counts of each host), `subjects` (everything judged), `failures` and `unknowns` (with layer, cause and remedy),
        `tls_floor` by host, `not_run` by host, `unprobed`, and the `editions` that were probed, with their status.

    Raises:
        ReportError: `results` is no mapping, or a host's results are not those of the module.
    """
    if not isinstance(results, t.Mapping):
        raise ReportError("reachability_report: give a mapping of test host to the result of reachability_info there")
    judged: list[Plain] = []
    not_run: Plain = {}
    floors: Plain = {}
    for host in sorted(results):
        result = results[host]
        if not isinstance(result, t.Mapping) or not isinstance(result.get("results"), list):
            not_run[host] = _why_not_run(result)
            continue
        judged += [_judged(host, subject) for subject in _subjects_of(host, result["results"])]
        if result.get("tls_floor"):
            floors[host] = _floor(result["tls_floor"], (platforms or {}).get(host, ()))
    return {
        "passed": _overall(judged, floors, not_run),
        "hosts": sorted(results),
        "table": _table(judged),
        "subjects": judged,
        "failures": [entry for subject in judged if subject["passed"] is False for entry in subject["entries"]],
        "unknowns": [entry for subject in judged if subject["passed"] is None for entry in subject["entries"]],
        "tls_floor": floors,
        "not_run": not_run,
        "unprobed": _unprobed(results),
        "editions": editions_in(results.values()),
    }


def _subjects_of(host: str, results: list[t.Any]) -> list[Subject]:
    try:
        return subjects(results)
    except (KeyError, AttributeError, TypeError) as error:
        raise ReportError(f"reachability_report: the results of {host} are not those of reachability_info") from error


def _judged(host: str, subject: Subject) -> Plain:
    first = subject.results[0]
    targets = dict.fromkeys(f"{result['host']}:{result['port']}" for result in subject.results)
    return {
        "test_host": host,
        "targets": list(targets),
        "expect": first["expect"],
        "passed": subject.passed,
        "services": _services(subject),
        "made_up": bool(first.get("made_up")),
        "pattern": first.get("pattern"),
        "milliseconds": round(sum(sum(result.get("stages", {}).values()) for result in subject.results), 1),
        "entries": [] if subject.passed else [_entry(host, result) for result in subject.results],
    }


def _services(subject: Subject) -> list[str]:
    if subject.results[0]["expect"] == "denied":
        return [MUST_BE_REFUSED]
    return sorted({name for result in subject.results for name in result.get("services") or ()}) or [NO_SERVICE]


def _entry(host: str, result: t.Mapping[str, t.Any]) -> Plain:
    """Return what a person needs of one result that did not pass."""
    return {
        "test_host": host,
        "target": f"{result['host']}:{result['port']}",
        "path": result.get("path", "/"),
        "expect": result["expect"],
        "services": list(result.get("services") or ()),
        "pattern": result.get("pattern"),
        "made_up": bool(result.get("made_up")),
        "layer": result["evidence"]["layer"],
        "cause": result["cause"],
        "said": result["evidence"]["said"],
        "policy": result["policy"],
        "service": result["service"],
        "remedy": remedy(result["cause"], result["expect"], result["passed"]),
    }


def _floor(verdict: t.Mapping[str, t.Any], platforms: t.Sequence[str]) -> Plain:
    """Keep of the ways to follow the remedy those for the platforms at hand; all of them where none is named."""
    shown = dict(verdict)
    how_to = shown.get("how_to") or {}
    shown["how_to"] = {name: how for name, how in how_to.items() if not platforms or name in platforms}
    return shown


def _table(judged: t.Iterable[Plain]) -> list[Plain]:
    rows: dict[str, dict[str, dict[str, int]]] = {}
    for subject in judged:
        for service in subject["services"]:
            counts = rows.setdefault(service, {}).setdefault(
                subject["test_host"], {"total": 0, "passed": 0, "failed": 0, "unknown": 0}
            )
            counts["total"] += 1
            counts[OUTCOMES[subject["passed"]]] += 1
    # Services by name; what is in brackets is ours, and stands last.
    return [{"service": name, "hosts": rows[name]} for name in sorted(rows, key=lambda n: (n.startswith("("), n))]


def _overall(judged: t.Sequence[Plain], floors: t.Mapping[str, Plain], not_run: t.Mapping[str, str]) -> bool | None:
    outcomes = {subject["passed"] for subject in judged} | {floor["passed"] for floor in floors.values()}
    if False in outcomes:
        return False
    return None if not_run or not judged or None in outcomes else True


def _why_not_run(result: t.Any) -> str:
    if isinstance(result, t.Mapping):
        return str(result.get("msg") or "the module did not run there")
    return "the module did not run there"


def _unprobed(results: t.Mapping[str, t.Any]) -> list[Plain]:
    found: dict[str, Plain] = {}
    for result in results.values():
        for item in (result.get("unprobed") or ()) if isinstance(result, t.Mapping) else ():
            found[item["endpoint"]] = dict(item)
    return [found[endpoint] for endpoint in sorted(found)]
