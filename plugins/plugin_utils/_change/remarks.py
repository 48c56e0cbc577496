# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every loss, warning and failure of a change, each once, with all whom it concerns. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import results
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import Plain

_BAD_STAGES: t.Final = (results.FAILED, results.NOT_RESTORED)


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
    """Return what is no failure and yet to be known: `kind`, `text`, and whom it `concerns`."""
    found = _Gathered()
    for name, item in planned.items():
        for text in item["warnings"]:
            found.add("plan", str(text), name)
    for name, item in appliances.items():
        if item["stage"] == results.SKIPPED:
            found.add("skipped", item["message"] or "it was left as it is", name, item["batch"])
    for batch in batches:
        after = (batch["seen"] or {}).get("after")
        for finding in after["unknown"] if after else ():
            for host in finding["test_hosts"]:
                found.add("unknown", _probe(finding), host, batch["number"])
        if batch["ended"] and batch["seen"] is None:
            found.add("unseen", "no test host looked at this batch", "", batch["number"])
    return found.all


def failures_of(appliances: t.Mapping[str, Plain], batches: t.Iterable[Plain]) -> list[Plain]:
    """Return everything that failed, whatever came of it later: `kind`, `text`, `batch`, and whom it `concerns`.

    The kinds are ``appliance``, ``restored`` (why something was taken back), ``probe``, ``tls`` and ``not run``.
    """
    found = _Gathered()
    for name, item in appliances.items():
        for step in item["history"]:
            if step["stage"] in _BAD_STAGES:
                found.add("appliance", step["message"] or f"it is {step['stage']}", name, item["batch"])
            elif step["stage"] == results.RESTORING and step["message"]:
                found.add("restored", step["message"], name, item["batch"])
    for batch in batches:
        after = (batch["seen"] or {}).get("after")
        if not after:
            continue
        for finding in after["failed"]:
            for host in finding["test_hosts"]:
                found.add("probe", _probe(finding), host, batch["number"])
        for host, floor in after["tls_floor"].items():
            if floor["passed"] is False:
                found.add("tls", str(floor.get("said") or "TLS 1.2 breaks on its way"), host, batch["number"])
        for host, why in after["not_run"].items():
            found.add("not run", why, host, batch["number"])
    return found.all


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
