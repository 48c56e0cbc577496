# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a request was denied: because something is missing, because nobody listed it, or because it should be. Pure."""

from __future__ import annotations

import datetime
import re
import typing as t
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.explain import Explainer, read_term
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.index import Index
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import Selection
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    Endpoint,
    EndpointError,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    HostError,
    HostPattern,
    matches,
    normalise_name,
    parse,
    quoted,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._probes import ALWAYS_DENIED

Plain = dict[str, t.Any]

MISSING: t.Final = "missing"
"""It is in the catalogue, and the appliance does not have it."""
LISTED: t.Final = "listed"
"""The appliance has it: it was denied before that, or by another rule, such as one about clients."""
UNLISTED: t.Final = "not in the catalogue"
RIGHTLY: t.Final = "rightly denied"
VERDICTS: t.Final = (MISSING, LISTED, UNLISTED, RIGHTLY)

_RIGHT_KINDS: t.Final = ("port", "path")
_ANY_PORT: t.Final = "1-65535"
_PORTS = re.compile(r"\btcp/([0-9,-]+)")
_NEAREST: t.Final = 5
_UNKNOWN: t.Final = " Whether the appliance has it is not known, since its entries were not given."


@dataclass(frozen=True)
class Judge:
    """By what a request is judged.

    `chosen` explains by the list of this site, `everything` by the whole catalogue. `stored` are the entries that the
    appliance has, None where that is not known. `denied` are names that the network must refuse.
    """

    chosen: Explainer
    everything: Explainer
    stored: Index | None
    denied: tuple[HostPattern, ...]

    @classmethod
    def of(
        cls, chosen: Selection, everything: Selection, stored: t.Iterable[Endpoint] | None, denied: t.Iterable[str]
    ) -> Judge:
        """Return the judge of these selections, entries and names.

        Raises:
            CatalogueError: a name that is to be denied is none.
        """
        return cls(
            Explainer(chosen),
            Explainer(everything),
            None if stored is None else Index(stored),
            tuple(_pattern(name) for name in (*ALWAYS_DENIED, *denied)),
        )

    def judge(self, host: str, port: int, scheme: str | None, path: str | None) -> Plain:
        """Return why a request was denied.

        Returns:
            `verdict`, one of `VERDICTS`; `reason` of what is rightly denied (``denied_name``, ``port``, ``path``);
            `rows` of the catalogue that list it, and whether they are `selected` for this site; `nearest`, the listed
            hosts that are near; `text`, the whole in words; `by_path`, whether another path may be judged otherwise.
        """
        term = f"{scheme}://{host}:{port}{path}" if scheme else f"{host}:{port}"
        try:
            asked = read_term(term).request
            chosen, everything = self.chosen.explain(term), self.everything.explain(term)
        except CatalogueError as error:
            return _verdict(UNLISTED, f"Nothing like it can be listed: {error}")
        name = normalise_name(host)
        if any(_matches(pattern, name) for pattern in self.denied):
            return _verdict(RIGHTLY, "It is a name that the network must refuse.", reason="denied_name")
        said = chosen if chosen["allowed"] else everything
        rows = [row for endpoint in said["allowed_by"] for row in endpoint["rows"]]
        selected = bool(chosen["allowed"])
        by_path = any(endpoint["path"] for endpoint in said["allowed_by"])
        if asked is not None and self.stored is not None and self.stored.grants(asked):
            why = (
                "The appliance has it: it was denied before the list came, or by another rule, such as one of clients."
            )
            return _verdict(LISTED, why, rows=rows, selected=selected, by_path=True)
        if said["allowed"]:
            but = " It is not selected for this site." if not selected else _UNKNOWN if self.stored is None else ""
            return _verdict(MISSING, f"{said['text']}{but}", rows=rows, selected=selected, by_path=by_path)
        pieces = [*chosen["help"], *everything["help"]]
        for piece in pieces:
            if piece["kind"] in _RIGHT_KINDS:
                by_path = piece["kind"] == "path"
                return _verdict(RIGHTLY, piece["text"], reason=piece["kind"], nearest=piece["hosts"], by_path=by_path)
        texts = list(dict.fromkeys(piece["text"] for piece in pieces))
        nearest = list(dict.fromkeys(host for piece in pieces for host in piece["hosts"]))[:_NEAREST]
        return _verdict(UNLISTED, " ".join(texts) or "Nothing near it is listed.", nearest=nearest)


def _verdict(verdict: str, text: str, **more: t.Any) -> Plain:
    nothing: Plain = {"reason": None, "rows": [], "selected": False, "nearest": [], "by_path": False}
    return {"verdict": verdict, "text": text, **nothing, **more}


def _pattern(name: str) -> HostPattern:
    try:
        return parse(normalise_name(name))
    except HostError as error:
        raise CatalogueError(f"denied_names: {error}") from error


def _matches(pattern: HostPattern, name: str) -> bool:
    try:
        return matches(pattern, name)
    except HostError:
        return False


def judged(judge: Judge, found: Plain, limit: int) -> Plain:
    """Return what a log told with a verdict on each request.

    A path counts only where an endpoint with a path is near: any other would make one request into thousands, and tell
    what people read.

    Returns:
        `requests`, at most `limit` for each verdict, the most frequent first; `counts` by verdict, of different
        requests and of times; `lines`, `unreadable`, `uncounted`, `logs`, `cut` as the log was read.
    """
    merged: dict[t.Any, Plain] = {}
    known: dict[t.Any, Plain] = {}
    for item in found["denied"]:
        asked = (item["host"], item["port"], item["scheme"])
        verdict = known.get(asked) or judge.judge(*asked, item["path"])
        if not verdict["by_path"]:
            known[asked] = verdict
        path = item["path"] if verdict["reason"] == "path" else None
        request = {**item, "path": path, **{key: value for key, value in verdict.items() if key != "by_path"}}
        key = (*asked, path, verdict["verdict"])
        merged[key] = _together(merged[key], request) if key in merged else request
    requests = sorted(merged.values(), key=lambda item: (VERDICTS.index(item["verdict"]), -item["times"], item["host"]))
    shown: list[Plain] = []
    counts: Plain = {}
    for name in VERDICTS:
        of_it = [_dated(item) for item in requests if item["verdict"] == name]
        counts[name] = {"requests": len(of_it), "times": sum(item["times"] for item in of_it)}
        shown += of_it[:limit]
    kept = {key: found[key] for key in ("lines", "unreadable", "uncounted", "logs", "cut")}
    return {"requests": shown, "counts": counts, **kept}


def _together(one: Plain, other: Plain) -> Plain:
    return {
        **one,
        "times": one["times"] + other["times"],
        "clients": max(one["clients"], other["clients"]),
        "first": min(one["first"], other["first"]),
        "last": max(one["last"], other["last"]),
    }


def _dated(item: Plain) -> Plain:
    return {**item, "first": _moment(item["first"]), "last": _moment(item["last"])}


def _moment(seconds: float) -> str | None:
    try:
        found = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None
    return found.strftime("%Y-%m-%dT%H:%M:%SZ")


def stored_endpoints(entries: t.Mapping[str, t.Any]) -> tuple[list[Endpoint], list[str]]:
    """Return the entries that an ``<engine>_allowlist_info`` returned as endpoints, and those that are none."""
    found: list[Endpoint] = []
    odd: list[str] = []
    for texts in entries.values():
        for text in texts if isinstance(texts, list) else [texts]:
            endpoint = _endpoint(str(text))
            if endpoint is None:
                odd.append(quoted(str(text)))
            else:
                found.append(endpoint)
    return found, odd


def _endpoint(text: str) -> Endpoint | None:
    subject, _gap, title = text.partition("  ")
    ports = _PORTS.search(title)
    data: Plain = {"tcp_ports": ports[1] if ports else _ANY_PORT}
    host, slash, path = subject.strip().partition("/")
    try:
        if slash and not re.fullmatch(r"[0-9]{1,3}", path):
            return Endpoint.from_dict({**data, "host": host, "path": f"/{path}", "tcp_ports": "80"})
        if slash or ":" in host:
            return Endpoint.from_dict({**data, "network": subject.strip()})
        return Endpoint.from_dict({**data, "host": host})
    except EndpointError:
        return None
