# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list in YAML, as an edition: names and endpoints, bare or below a source's own facts.

    - "*.corp.example"                       # a name, as in a text list; quote what begins with a star
    - {host: api.example, tcp_ports: [8443]}     # an endpoint, with the keys of the endpoints lookup

or a mapping with ``source``, ``edition``, ``status``, ``url``, ``endpoints`` (such a list) and ``services`` (a list of
``name``, ``documentation``, ``endpoints``).
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.columns import read_facts
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.draft import Draft
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import (
    STATUSES,
    Edition,
    Entry,
    Link,
    Refusal,
    Row,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import (
    CatalogueError,
    unknown,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.names import read_name
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.safe_yaml import (
    Path,
    lines_at,
    load_yaml,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, EndpointError, Origin
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import HostError, quoted

_TOP_KEYS: t.Final = ("source", "edition", "status", "url", "endpoints", "services")
_SERVICE_KEYS: t.Final = ("name", "documentation", "endpoints")
_ORIGIN_KEYS: t.Final = ("effective", "express_route")
_ENDPOINT_KEYS: t.Final = frozenset(f.name for f in dataclasses.fields(Endpoint)).union(_ORIGIN_KEYS) - {"sources"}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def import_listing(text: str, edition: Edition) -> Edition:
    """Return `edition` with what the YAML document lists; the document may name its own source, edition and status.

    A row is the place of an endpoint in the document from 1, its services included.

    Raises:
        CatalogueError: the document is no YAML, or not of the shape above.
    """
    data = load_yaml(text)
    path: Path = ("endpoints",)
    if isinstance(data, list):
        data, path = {"endpoints": data}, ()
    if not isinstance(data, dict):
        raise CatalogueError("The document is neither a list nor a mapping with 'endpoints' or 'services'.")
    _check_keys(data, _TOP_KEYS, "key")
    return _Reader(text, data, edition).read(path)


class _Reader:
    def __init__(self, text: str, data: dict[str, t.Any], edition: Edition) -> None:
        self.text, self.data = text, data
        self.edition = dataclasses.replace(
            edition,
            source=_id(data, "source", edition.source),
            id=_id(data, "edition", edition.id),
            status=_status(data.get("status", edition.status)),
            document=dataclasses.replace(edition.document, url=_optional_text(data, "url")),
        )
        self.draft = Draft()
        self.refused: list[tuple[Path, Refusal]] = []

    def read(self, path: Path) -> Edition:
        """Return the edition; the list of endpoints of no service stands at `path`."""
        self._endpoints(_list(self.data, "endpoints"), path, None)
        for index, service in enumerate(_list(self.data, "services")):
            where = f"services[{index}]"
            if not isinstance(service, dict) or not isinstance(service.get("name"), str) or not service["name"].strip():
                raise CatalogueError(f"{where}: a service is a mapping with a name and endpoints.")
            _check_keys(service, _SERVICE_KEYS, f"key of {where}")
            self._endpoints(_list(service, "endpoints"), ("services", index, "endpoints"), service)
        lines = lines_at(self.text, [path for path, _refusal in self.refused])
        self.draft.refused += [
            refusal._replace(line=line) for (_path, refusal), line in zip(self.refused, lines, strict=True)
        ]
        return self.draft.finish(self.edition)

    def _endpoints(self, items: list[t.Any], path: Path, service: dict[str, t.Any] | None) -> None:
        name = _service_name(service["name"]) if service else None
        links = _documentation(service) if service else ()
        for index, item in enumerate(items):
            number = len(self.draft.rows) + 1
            row = Row(number, name, 1, links)
            try:
                entry = self._entry(item, number, name)
            except (HostError, EndpointError) as error:
                shown = item if isinstance(item, str) else str(item)
                self.refused.append(((*path, index), Refusal(number, 1, shown[:200], str(error))))
            else:
                self.draft.entries.append(entry)
                row = row._replace(
                    service=entry.endpoint.service,
                    set=entry.endpoint.set,
                    express_route=entry.endpoint.sources[0].express_route,
                )
            self.draft.rows.append(row)

    def _entry(self, item: t.Any, row: int, service: str | None) -> Entry:
        if isinstance(item, str):
            item = {"host": item}
        elif not isinstance(item, dict):
            raise EndpointError(f"{quoted(str(item))} is neither a name nor an endpoint")
        for key in item:
            if key not in _ENDPOINT_KEYS:
                raise EndpointError(str(unknown("key of an endpoint", str(key), _ENDPOINT_KEYS)))
        fields = dict(item)
        raw = fields.pop("host", None)
        facts = read_facts({key: str(fields.pop(key)) for key in _ORIGIN_KEYS if fields.get(key) is not None})
        template: str | None = None
        repairs: tuple[str, ...] = ()
        if isinstance(raw, str):
            name = read_name(raw)
            template, repairs = name.template, name.repairs
            written: dict[str, t.Any] = {"host": name.host, "network": name.network, "path": name.path}
            if not name.ports_assumed:
                written["tcp_ports"] = [low for low, _high in name.tcp_ports]
            for key, value in written.items():
                if value is not None and fields.setdefault(key, value) != value:
                    raise EndpointError(f"{quoted(raw)} says another {key} than {key} does")
        elif raw is not None:
            raise EndpointError(f"host: {quoted(str(raw))} is no text")
        if template is not None:
            # A placeholder has no host yet: the other fields are checked with a sample in its place.
            checked = Endpoint.from_dict({**fields, "host": "tenant.example"}, "endpoint")
            endpoint = dataclasses.replace(checked, host=None)
        else:
            endpoint = Endpoint.from_dict(fields, "endpoint")
        service = endpoint.service or service
        origin = Origin(
            self.edition.source,
            self.edition.id,
            row,
            service,
            repairs,
            endpoint.set,
            express_route=facts.express_route,
            effective=facts.effective,
        )
        endpoint = dataclasses.replace(endpoint, service=service, sources=(origin,))
        return Entry(endpoint, raw=raw if repairs or template else None, template=template)


def _check_keys(data: dict[t.Any, t.Any], known: t.Sequence[str], kind: str) -> None:
    for key in data:
        if key not in known:
            raise unknown(kind, str(key), known)


def _list(data: dict[str, t.Any], key: str) -> list[t.Any]:
    value = data.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise CatalogueError(f"{key}: {quoted(str(value))} is no list.")
    return value


def _id(data: dict[str, t.Any], key: str, default: str) -> str:
    value = str(data.get(key, default))
    if key in data and not _ID.fullmatch(value):
        raise CatalogueError(f"{key}: {quoted(value)} has other characters than letters, digits, '.', '_' and '-'.")
    return value


def _status(value: t.Any) -> t.Any:
    if value not in STATUSES:
        raise unknown("status", str(value), STATUSES)
    return value


def _optional_text(data: dict[str, t.Any], key: str) -> str | None:
    value = data.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value.isprintable() or len(value) > 2000:
        raise CatalogueError(f"{key}: {quoted(str(value))} is no line of text.")
    return value


def _service_name(value: str) -> str:
    if not value.isprintable() or len(value) > 200:
        raise CatalogueError(f"The service {quoted(value)} has control characters or over 200 characters.")
    return value.strip()


def _documentation(service: dict[str, t.Any]) -> tuple[Link, ...]:
    links = []
    for item in _list(service, "documentation"):
        if isinstance(item, str):
            item = {"url": item}
        if not isinstance(item, dict) or not isinstance(item.get("url"), str) or set(item) - {"title", "url"}:
            raise CatalogueError(f"documentation: {quoted(str(item))} is neither an address nor a title with a url.")
        links.append(Link(str(item.get("title") or item["url"]), item["url"]))
    return tuple(links)
