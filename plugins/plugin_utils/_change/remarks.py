# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every loss, warning and failure of a change, each once, with all whom it concerns. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import results
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import Plain

_BAD_STAGES: t.Final = (results.FAILED, results.NOT_RESTORED)
_SETTLED: t.Final = {results.CONFIRMED, results.RESTORED, results.NOT_RESTORED, results.LEFT_OUT}


def losses_of(planned: t.Mapping[str, Plain], done: t.Mapping[str, Plain]) -> list[Plain]:
    """Return the losses that were planned, and those that only the appliances told.

    Each has what `Loss.to_dict` tells, the reason for which it was `accepted` (None where nobody had to or did), the
    `appliances`, and `found`: ``planned``, or ``applied`` where it came up only then.
    """
    found: dict[tuple[str, ...], Plain] = {}
    for name, item in planned.items():
        known = list(item["losses"])
        later = [loss for loss in done.get(name, {}).get("losses", ()) if loss not in known]
        for when, losses in (("planned", known), ("applied", later)):
            for loss in losses:
                told = {**loss, "accepted": _reason(loss, item["accepted"]), "found": when}
                key = tuple(f"{part}={told[part]}" for part in sorted(told))
                found.setdefault(key, {**told, "appliances": []})["appliances"].append(name)
    return list(found.values())


def _reason(loss: t.Mapping[str, t.Any], accepted: t.Iterable[t.Mapping[str, t.Any]]) -> str | None:
    for item in accepted:
        whole = "property" in item and item["property"] == loss.get("property")
        if whole or ("host" in item and (item["host"], item.get("result")) == (loss.get("host"), loss["result"])):
            return str(item["reason"])
    return None


def warnings_of(
    planned: t.Mapping[str, Plain], appliances: t.Mapping[str, Plain], batches: t.Iterable[Plain]
) -> list[Plain]:
    """Return what is no failure and yet to be known: `kind`, `text`, `batch`, and whom it `concerns`.

    The kinds are ``plan``, ``skipped``, ``left out`` (of a batch that stands without it), ``restored`` (after its end),
    ``unknown`` (a probe that proved nothing), ``waiting`` (one that failed, with an appliance of a later batch on its
    way, too) and ``unseen`` (a batch at which no test host looked).
    """
    found = _Gathered()
    for name, item in planned.items():
        for text in item["warnings"]:
            found.add("plan", str(text), name)
    for name, item in appliances.items():
        if item["stage"] == results.SKIPPED:
            found.add("skipped", item["message"] or "It was left as it is.", name, item["batch"])
        if item["stage"] == results.LEFT_OUT:
            found.add(
                "left out",
                "It failed, and holds what it held before. Its batch stands without it.",
                name,
                item["batch"],
            )
        if item["stage"] == results.RESTORED and _taken_back(item) == results.CONFIRMED:
            found.add("restored", "It was confirmed, and taken back later.", name, item["batch"])
    for batch in batches:
        after = (batch["seen"] or {}).get("after")
        for text, kind, host in _seen_unsure(after, _stood(batch, appliances)) if after else ():
            found.add(kind, text, host, batch["number"])
        if after is None and set(batch["stages"]) <= _SETTLED:
            found.add("unseen", "No test host looked after this batch.", "", batch["number"])
    return found.all


def _seen_unsure(after: Plain, stood: bool) -> t.Iterator[tuple[str, str, str]]:
    for finding in after["unknown"]:
        for host in finding["test_hosts"]:
            yield _probe(finding), "unknown", host
    for text, kind, host in _seen_failing(after) if stood else ():
        if kind == "probe":
            yield f"{text} An appliance of a later batch is on its way, too.", "waiting", host


def failures_of(appliances: t.Mapping[str, Plain], batches: t.Iterable[Plain]) -> list[Plain]:
    """Return everything that failed, whatever came of it later: `kind`, `text`, `batch`, and whom it `concerns`.

    The kinds are ``appliance``, ``restored`` (with its batch), ``probe``, ``tls`` and ``not run``.
    """
    found = _Gathered()
    for name, item in appliances.items():
        for step in item["history"]:
            if step["stage"] in _BAD_STAGES:
                found.add("appliance", step["message"] or f"It is {step['stage']}.", name, item["batch"])
        if item["stage"] == results.RESTORED and _taken_back(item) != results.CONFIRMED:
            found.add("restored", "It was taken back, because its batch did not stand.", name, item["batch"])
        if item["stage"] == results.RESTORING:
            found.add("appliance", "It was being taken back, and nobody heard how that ended.", name, item["batch"])
    for batch in batches:
        after = (batch["seen"] or {}).get("after")
        for text, kind, host in _seen_failing(after) if after else ():
            if kind != "probe" or not _stood(batch, appliances):
                found.add(kind, text, host, batch["number"])
    return found.all


def _stood(batch: Plain, appliances: t.Mapping[str, Plain]) -> bool:
    """Whether a batch was judged to stand, so that a probe that failed after it was known to wait for another batch."""
    return any(
        step["stage"] == results.CONFIRMED for name in batch["appliances"] for step in appliances[name]["history"]
    )


def _seen_failing(after: Plain) -> t.Iterator[tuple[str, str, str]]:
    for finding in after["failed"]:
        for host in finding["test_hosts"]:
            yield _probe(finding), "probe", host
    for host, floor in after["tls_floor"].items():
        if floor["passed"] is False:
            yield str(floor.get("said") or "TLS 1.2 breaks on its way."), "tls", host
    for host, why in after["not_run"].items():
        yield why, "not run", host


def _taken_back(item: Plain) -> str | None:
    """Return the stage that an appliance had come to when it was taken back, None where it was not."""
    stages = [step["stage"] for step in item["history"]]
    at = [place for place, stage in enumerate(stages) if stage in (results.RESTORING, results.RESTORED)]
    if not at:
        return None
    return (
        results.CONFIRMED if results.CONFIRMED in stages[: at[0]] else (stages[at[0] - 1] if at[0] else results.WAITING)
    )


def _probe(finding: Plain) -> str:
    path = finding["path"] if finding["path"] != "/" else ""
    wanted = "be let through" if finding["expect"] == "allowed" else "be refused"
    before = f" Before: {finding['before']}." if finding.get("before") else ""
    said = finding["said"].rstrip(".")
    return f"{finding['target']}{path} has to {wanted}. {finding['layer']}: {finding['cause']}: {said}.{before}"


class _Gathered:
    """Remarks, of which the same one stands once."""

    def __init__(self) -> None:
        self._found: dict[tuple[t.Any, ...], Plain] = {}

    def add(self, kind: str, text: str, concerns: str, batch: int | None = None) -> None:
        about = {"kind": kind, "text": text, "batch": batch}
        kept = self._found.setdefault((kind, text, batch), {**about, "concerns": []})
        if concerns and concerns not in kept["concerns"]:
            kept["concerns"].append(concerns)

    @property
    def all(self) -> list[Plain]:
        return list(self._found.values())
