# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An edition as the bytes that are shipped: JSON with one row and one entry per line, sorted, the same each time."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import (
    Document,
    Edition,
    Entry,
    Link,
    Refusal,
    Requirement,
    Row,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.names import WEB_PORTS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    ALLOW,
    Endpoint,
    Origin,
    show_ports,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import parse

# The keys of an entry that go into its endpoint beyond its host, with the values that are not written.
_ENDPOINT_DEFAULTS: t.Final[dict[str, t.Any]] = {
    "network": None,
    "path": None,
    "tcp_ports": show_ports(WEB_PORTS),
    "udp_ports": [],
    "ports_assumed": True,
    "set": None,
    "category": None,
    "required": True,
    "treatments": [ALLOW],
    "pinned": False,
}
_PLAIN_KEYS: t.Final = frozenset({"host", "row", "token", "registrable"})


def dump(edition: Edition) -> str:
    """Return the text of the file for `edition`; `load` reads it back."""
    head = {
        "source": edition.source,
        "id": edition.id,
        "status": edition.status,
        "document": _without_none(dataclasses.asdict(edition.document)),
        "rules": dict(sorted(edition.rules.items())),
    }
    parts = [f'"{key}": {_line(value)}' for key, value in head.items()]
    parts.append(_block("requirements", [dataclasses.asdict(requirement) for requirement in edition.requirements]))
    parts.append(_block("rows", [_row_data(row) for row in edition.rows]))
    parts.append(_block("refused", [_without_none(refusal._asdict()) for refusal in edition.refused]))
    parts.append(_block("entries", [_entry_data(entry) for entry in sorted(edition.entries, key=_order)]))
    return "{\n" + ",\n".join(parts) + "\n}\n"


def load(text: str) -> Edition:
    """Return the edition that `text` holds.

    Raises:
        ValueError: the text is no such file (also `HostError` and `EndpointError`, which are of this kind).
    """
    data = json.loads(text)
    rows = tuple(_row(item) for item in data["rows"])
    by_number = {row.number: row for row in rows}
    source, edition = data["source"], data["id"]
    return Edition(
        source=source,
        id=edition,
        status=data["status"],
        document=Document(**data["document"]),
        requirements=tuple(Requirement(**item) for item in data["requirements"]),
        rules=data["rules"],
        rows=rows,
        entries=tuple(_entry(item, source, edition, by_number[item["row"]]) for item in data["entries"]),
        refused=tuple(Refusal(**item) for item in data["refused"]),
    )


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


def _row_data(row: Row) -> dict[str, t.Any]:
    data: dict[str, t.Any] = {"number": row.number, "service": row.service, "tokens": row.tokens}
    if row.documentation:
        data["documentation"] = [list(link) for link in row.documentation]
    if row.hidden:
        data["hidden"] = True
    if row.repairs:
        data["repairs"] = list(row.repairs)
    return data


def _row(data: dict[str, t.Any]) -> Row:
    return Row(
        data["number"],
        data["service"],
        data["tokens"],
        tuple(Link(*link) for link in data.get("documentation", ())),
        data.get("hidden", False),
        tuple(data.get("repairs", ())),
    )


def _entry_data(entry: Entry) -> dict[str, t.Any]:
    endpoint = entry.endpoint.to_dict()
    data: dict[str, t.Any] = {}
    if entry.template:
        data["template"] = entry.template
    elif endpoint["host"]:
        data["host"] = endpoint["host"]
    data.update((key, endpoint[key]) for key, default in _ENDPOINT_DEFAULTS.items() if endpoint[key] != default)
    data.update(row=entry.row, token=entry.token)
    if entry.tokens != 1:
        data["tokens"] = entry.tokens
    if entry.raw is not None:
        data["raw"] = entry.raw
    if entry.repairs:
        data["repairs"] = list(entry.repairs)
    if entry.hidden:
        data["hidden"] = True
    data["registrable"] = entry.registrable
    return data


def _entry(data: dict[str, t.Any], source: str, edition: str, row: Row) -> Entry:
    origin = Origin(source, edition, row.number, row.service, tuple(data.get("repairs", ())))
    if data.keys() <= _PLAIN_KEYS:
        endpoint = Endpoint(
            host=parse(data["host"]), tcp_ports=WEB_PORTS, ports_assumed=True, service=row.service, sources=(origin,)
        )
        return Entry(endpoint, data["token"], registrable=data["registrable"])
    template = data.get("template")
    fields = {key: data.get(key, default) for key, default in _ENDPOINT_DEFAULTS.items()}
    fields["host"] = "tenant.example" if template else data.get("host")
    endpoint = Endpoint.from_dict({**fields, "service": row.service, "sources": [origin]}, f"row {row.number}")
    return Entry(
        endpoint=dataclasses.replace(endpoint, host=None) if template else endpoint,
        token=data["token"],
        tokens=data.get("tokens", 1),
        raw=data.get("raw"),
        template=template,
        hidden=data.get("hidden", False),
        registrable=data["registrable"],
    )
