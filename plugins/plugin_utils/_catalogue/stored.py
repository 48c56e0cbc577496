# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An edition as the bytes that are shipped: JSON with one row and one entry per line, sorted, the same each time."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import (
    Document,
    Edition,
    Entry,
    Ground,
    Link,
    Refusal,
    Requirement,
    Row,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.names import NETWORK, WEB_PORTS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    ALLOW,
    Endpoint,
    Origin,
    show_ports,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import parse, quoted

# The facts of an endpoint beyond its name, with the values that are not written. One that all entries of a row have is
# written with the row, otherwise with each entry.
_FACTS: t.Final[dict[str, t.Any]] = {
    "tcp_ports": show_ports(WEB_PORTS),
    "udp_ports": [],
    "ports_assumed": True,
    "category": None,
    "required": True,
    "treatments": [ALLOW],
    "pinned": False,
    "repairs": [],
    "effective": None,
    "grounds": [],
    "held_until": None,
}
_OF_ORIGIN: t.Final = ("repairs", "effective", "grounds", "held_until")
_OF_ENDPOINT: t.Final = tuple(key for key in _FACTS if key not in _OF_ORIGIN)
_OF_EDITION: t.Final = ("instance", "always", "tenant_names", "notices")
_NAME_KEYS: t.Final = frozenset(
    {"host", "network", "template", "row", "token", "tokens", "raw", "hidden", "registrable"}
)

_Facts = dict[str, t.Any]


def dump(edition: Edition) -> str:
    """Return the text of the file for `edition`; `load` reads it back."""
    head = {
        "source": edition.source,
        "id": edition.id,
        "status": edition.status,
        "document": _without_none(dataclasses.asdict(edition.document)),
        "rules": dict(sorted(edition.rules.items())),
    }
    head.update((key, value) for key in _OF_EDITION if (value := getattr(edition, key)))
    parts = [f'"{key}": {_line(value)}' for key, value in head.items()]
    if edition.grounds:
        grounds = [{"id": key, **ground._asdict()} for key, ground in sorted(edition.grounds.items())]
        parts.append(_block("grounds", grounds))
    parts.append(_block("requirements", [dataclasses.asdict(requirement) for requirement in edition.requirements]))
    entries = [(entry, _facts(entry)) for entry in sorted(edition.entries, key=_order)]
    common = _common(entries)
    parts.append(_block("rows", [_row_data(row, common.get(row.number, {})) for row in edition.rows]))
    parts.append(_block("refused", [_without_none(refusal._asdict()) for refusal in edition.refused]))
    parts.append(_block("entries", [_entry_data(entry, facts, common[entry.row]) for entry, facts in entries]))
    return "{\n" + ",\n".join(parts) + "\n}\n"


def load(text: str) -> Edition:
    """Return the edition that `text` holds.

    Raises:
        ValueError: the text is no such file (also `HostError` and `EndpointError`, which are of this kind).
    """
    data = json.loads(text)
    source, edition = data["source"], data["id"]
    samples: dict[str, Endpoint] = {}
    places = {item["number"]: _Place(item, source, edition, samples) for item in data["rows"]}
    rows = tuple([place.row for place in places.values()])
    for number in {item["row"] for item in data["entries"]} - places.keys():
        # The lines of a text are rows of which there is nothing to say.
        places[number] = _Place({"number": number}, source, edition, samples)
    return Edition(
        source=source,
        id=edition,
        status=data["status"],
        document=Document(**data["document"]),
        requirements=tuple(Requirement(**item) for item in data["requirements"]),
        rules=data["rules"],
        grounds={item.pop("id"): Ground(**item) for item in data.get("grounds", ())},
        instance=data.get("instance"),
        always=tuple(data.get("always", ())),
        tenant_names=data.get("tenant_names", {}),
        notices=tuple(data.get("notices", ())),
        rows=rows,
        entries=tuple([places[item["row"]].entry(item) for item in data["entries"]]),
        refused=tuple(Refusal(**item) for item in data["refused"]),
        sha256=hashlib.sha256(text.encode("utf-8")).hexdigest(),
    )


class _Place:
    """A row whose entries are read: what they have in common is made and checked once.

    Rows say much the same, so what was checked for one is taken from `samples` for the next.
    """

    __slots__ = ("endpoint", "facts", "row", "samples")

    def __init__(self, data: _Facts, source: str, edition: str, samples: dict[str, Endpoint]) -> None:
        self.samples = samples
        self.row = row = _row(data)
        self.facts = {key: data.get(key, default) for key, default in _FACTS.items()}
        origin = Origin(
            source, edition, row.number, row.service, set=row.set, tied=row.tied, express_route=row.express_route
        )
        self.endpoint = self._checked(self.facts, None, origin)

    def entry(self, data: _Facts) -> Entry:
        """Return the entry of this row that `data` describes."""
        template = data.get("template")
        base = self.endpoint
        if not data.keys() <= _NAME_KEYS:
            facts = {key: data.get(key, common) for key, common in self.facts.items()}
            base = self._checked(facts, data.get("path"), base.sources[0])
        host, network = data.get("host"), data.get("network")
        if (host is None) + (network is None) + (template is None) != 2:
            raise ValueError(f"row {self.row.number}: an entry has one of host, network and template")
        if network is not None and not NETWORK.fullmatch(network):
            raise ValueError(f"row {self.row.number}: {quoted(network)} is no network")
        return Entry(
            base.named(None if host is None else parse(host), network),
            data["token"],
            data.get("tokens", 1),
            data.get("raw"),
            template,
            data.get("hidden", False),
            data["registrable"],
        )

    def _checked(self, facts: _Facts, path: str | None, origin: Origin) -> Endpoint:
        """Return an endpoint of a sample host with these facts."""
        said = {key: facts[key] for key in _OF_ORIGIN}
        if any(said.values()):
            origin = dataclasses.replace(
                origin,
                repairs=tuple(said["repairs"]),
                effective=said["effective"],
                grounds=tuple(said["grounds"]),
                held_until=said["held_until"],
            )
        known = repr([facts[key] for key in _OF_ENDPOINT])
        if path is not None or known not in self.samples:
            data = {key: facts[key] for key in _OF_ENDPOINT}
            sample = Endpoint.from_dict({**data, "host": "a.example", "path": path}, f"row {self.row.number}")
            if path is None:
                self.samples[known] = sample
        else:
            sample = self.samples[known]
        return dataclasses.replace(sample, service=self.row.service, set=self.row.set, sources=(origin,))


def _order(entry: Entry) -> tuple[t.Any, ...]:
    host = entry.template or (entry.endpoint.host.text if entry.endpoint.host else "")
    return (host.split(".")[::-1], entry.endpoint.network or "", entry.endpoint.path or "", entry.row, entry.token)


def _line(value: t.Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(", ", ": "))


def _block(key: str, items: list[dict[str, t.Any]]) -> str:
    if not items:
        return f'"{key}": []'
    return f'"{key}": [\n' + ",\n".join(map(_line, items)) + "\n]"


def _without_none(data: dict[str, t.Any]) -> dict[str, t.Any]:
    return {key: value for key, value in data.items() if value is not None}


def _facts(entry: Entry) -> _Facts:
    endpoint = entry.endpoint.to_dict()
    (origin,) = entry.endpoint.sources
    facts = {key: endpoint[key] for key in _OF_ENDPOINT}
    facts.update(
        repairs=list(origin.repairs),
        effective=origin.effective,
        grounds=list(origin.grounds),
        held_until=origin.held_until,
    )
    return facts


def _common(entries: list[tuple[Entry, _Facts]]) -> dict[int, _Facts]:
    """Return of each row the facts that all its entries have."""
    common: dict[int, _Facts] = {}
    for entry, facts in entries:
        known = common.setdefault(entry.row, dict(facts))
        for key in [key for key, value in known.items() if facts[key] != value]:
            del known[key]
    return common


def _row_data(row: Row, common: _Facts) -> dict[str, t.Any]:
    data: dict[str, t.Any] = {"number": row.number, "service": row.service, "tokens": row.tokens}
    if row.title is not None:
        data["title"] = row.title
    if row.set is not None:
        data["set"] = row.set
    if row.tied:
        data["tied"] = True
    if row.express_route is not None:
        data["express_route"] = row.express_route
    if row.documentation:
        data["documentation"] = [list(link) for link in row.documentation]
    if row.hidden:
        data["hidden"] = True
    if row.repairs:
        data["row_repairs"] = list(row.repairs)
    data.update((key, value) for key, value in common.items() if value != _FACTS[key])
    return data


def _row(data: dict[str, t.Any]) -> Row:
    return Row(
        number=data["number"],
        service=data.get("service"),
        tokens=data.get("tokens", 1),
        documentation=tuple([Link(*link) for link in data.get("documentation", ())]),
        hidden=data.get("hidden", False),
        repairs=tuple(data.get("row_repairs", ())),
        title=data.get("title"),
        set=data.get("set"),
        tied=data.get("tied", False),
        express_route=data.get("express_route"),
    )


def _entry_data(entry: Entry, facts: _Facts, common: _Facts) -> dict[str, t.Any]:
    data: dict[str, t.Any] = {}
    if entry.template:
        data["template"] = entry.template
    elif entry.endpoint.host:
        data["host"] = entry.endpoint.host.text
    else:
        data["network"] = entry.endpoint.network
    if entry.endpoint.path:
        data["path"] = entry.endpoint.path
    data.update((key, value) for key, value in facts.items() if value != common.get(key, _FACTS[key]))
    data.update(row=entry.row, token=entry.token)
    if entry.tokens != 1:
        data["tokens"] = entry.tokens
    if entry.raw is not None:
        data["raw"] = entry.raw
    if entry.hidden:
        data["hidden"] = True
    data["registrable"] = entry.registrable
    return data
