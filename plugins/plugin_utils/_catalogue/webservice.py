# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answer of the Office 365 IP address and URL web service (``/endpoints/<instance>``), as an edition.

A list of sets, each with some of the attributes below, in any order. What a set lacks is absent, null or empty. A set
is a row; its tokens are its names and then its networks. An attribute that is not known is told in a notice, and so is
a category; the set counts all the same.
"""

from __future__ import annotations

import dataclasses
import json
import typing as t
from collections import Counter

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.draft import Draft
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import (
    Edition,
    Entry,
    Refusal,
    Row,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.names import WEB_PORTS, Name, read_name
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.tenant import tenant_names
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.treatments import with_treatments
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    CATEGORIES,
    Endpoint,
    EndpointError,
    Origin,
    Ports,
    parse_ports,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import HostError, quoted

COMMON: t.Final = "Common"
"""The service area that belongs to every answer, whichever areas are asked for."""

ATTRIBUTES: t.Final = (
    "id",
    "serviceArea",
    "serviceAreaDisplayName",
    "urls",
    "ips",
    "tcpPorts",
    "udpPorts",
    "expressRoute",
    "category",
    "required",
    "notes",
)


def import_webservice(text: str, edition: Edition) -> Edition:
    """Return `edition` (its source, id, status, instance and document are known) with the sets of the answer.

    A set or token that does not fit becomes a refusal and nothing else.

    Raises:
        CatalogueError: the text is no list of sets.
    """
    draft = Draft()
    unknown: Counter[str] = Counter()
    seen: set[str] = set()
    for number, item in enumerate(_sets(text), 1):
        try:
            found = _read_set(number, item, unknown)
            if found.id in seen:
                raise EndpointError(f"the set {found.id} stands in the answer twice")
        except EndpointError as error:
            draft.refused.append(Refusal(number, 0, str(item)[:80], str(error)))
            continue
        seen.add(found.id)
        _enter(number, found, edition, draft)
    draft.notices += [
        f"The {name} in {count} set{'s' if count != 1 else ''} is not known yet, and was left out of account."
        for name, count in sorted(unknown.items())
    ]
    return with_treatments(
        dataclasses.replace(
            draft.finish(edition),
            always=(COMMON,) if any(row.service == COMMON for row in draft.rows) else (),
            tenant_names=tenant_names(entry.name for entry in draft.entries),
        )
    )


class _Set(t.NamedTuple):
    id: str
    area: str
    title: str | None
    names: list[str]
    networks: list[str]
    tcp_ports: Ports
    udp_ports: Ports
    category: str | None
    required: bool
    express_route: bool | None


def _sets(text: str) -> list[t.Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        told = ascii(str(error))[1:-1]
        begin = quoted(text.lstrip()[:40])
        raise CatalogueError(f"The answer is no JSON ({told}); it begins with {begin}.") from error
    if not isinstance(data, list):
        raise CatalogueError(
            f"The answer is no list of sets but {quoted(str(data)[:40])}; "
            "ask the web service for /endpoints/<instance>."
        )
    return data


def _read_set(number: int, item: t.Any, unknown: Counter[str]) -> _Set:
    if not isinstance(item, dict):
        raise EndpointError(f"{quoted(str(item))} is no set of endpoints")
    where = f"set {item.get('id', f'at place {number}')}"
    unknown.update(f"attribute {quoted(key)}" for key in item if key not in ATTRIBUTES)
    category = _text(item, "category", where)
    if category is not None and category not in CATEGORIES:
        unknown[f"category {quoted(category)}"] += 1
        category = None
    required = _truth(item, "required", where)
    area = _text(item, "serviceArea", where)
    if area is None:
        raise EndpointError(f"{where}: it has no serviceArea")
    return _Set(
        id=_id(item, where),
        area=area,
        title=_text(item, "serviceAreaDisplayName", where),
        names=_texts(item, "urls", where),
        networks=_texts(item, "ips", where),
        tcp_ports=_ports(item, "tcpPorts", where),
        udp_ports=_ports(item, "udpPorts", where),
        category=category,
        required=True if required is None else required,
        express_route=_truth(item, "expressRoute", where),
    )


def _enter(number: int, found: _Set, edition: Edition, draft: Draft) -> None:
    """Enter one set: a row, and for each of its tokens an entry or a refusal."""
    row = Row(
        number,
        found.area,
        len(found.names) + len(found.networks),
        title=found.title,
        set=found.id,
        express_route=found.express_route,
    )
    if not row.tokens:
        draft.refused.append(Refusal(number, 0, found.id, f"the set {found.id} has neither names nor networks"))
        return
    draft.rows.append(row)
    assumed = not found.tcp_ports and not found.udp_ports
    for token, (raw, wants_network) in enumerate(
        [*((name, False) for name in found.names), *((network, True) for network in found.networks)], 1
    ):
        try:
            name = read_name(raw)
            if wants_network and name.network is None:
                raise EndpointError(f"{quoted(raw)} is no network")
        except (HostError, EndpointError) as error:
            draft.refused.append(Refusal(number, token, raw, str(error)))
            continue
        origin = Origin(
            edition.source,
            edition.id,
            number,
            found.area,
            name.repairs,
            set=found.id,
            express_route=found.express_route,
        )
        endpoint = Endpoint(
            host=name.host,
            network=name.network,
            path=name.path,
            tcp_ports=_assumed_ports(name) if assumed else found.tcp_ports,
            udp_ports=found.udp_ports,
            ports_assumed=assumed,
            service=found.area,
            set=found.id,
            category=found.category,
            required=found.required,
            sources=(origin,),
        )
        draft.entries.append(
            Entry(endpoint, token, raw=raw if name.repairs or name.template else None, template=name.template)
        )


def _assumed_ports(name: Name) -> Ports:
    return WEB_PORTS if name.path is None else name.tcp_ports


def _id(item: dict[str, t.Any], where: str) -> str:
    value = item.get("id")
    if isinstance(value, bool) or not isinstance(value, (int, str)) or not str(value).isascii():
        raise EndpointError(f"{where}: its id is no number")
    if not str(value).isdigit() or len(str(value)) > 9:
        raise EndpointError(f"{where}: its id {quoted(str(value))} is no number")
    return str(int(value))


def _texts(item: dict[str, t.Any], key: str, where: str) -> list[str]:
    value = item.get(key)
    if value is None or value == "":
        return []
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise EndpointError(f"{where}: {key} is no list of texts")
    return value


def _text(item: dict[str, t.Any], key: str, where: str) -> str | None:
    value = item.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not value.isprintable() or len(value) > 200:
        raise EndpointError(f"{where}: {key} is no line of text")
    return value


def _truth(item: dict[str, t.Any], key: str, where: str) -> bool | None:
    value = item.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise EndpointError(f"{where}: {key} is {quoted(str(value))}, neither true nor false")


def _ports(item: dict[str, t.Any], key: str, where: str) -> Ports:
    value = item.get(key)
    if isinstance(value, (dict, bool, float)):
        raise EndpointError(f"{where}: {key} is {quoted(str(value))}, no text of ports")
    return parse_ports(value, f"{where}: {key}")
