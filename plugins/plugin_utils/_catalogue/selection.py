# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What everybody calls: sources and filters in, endpoints out."""

from __future__ import annotations

import dataclasses
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import shipped
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import CURRENT, Edition, Entry
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError, unknown
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.files import read_file
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.names import TENANT
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.tenant import fill, tenant_label
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import TREATMENTS, Endpoint, merge
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import quoted
from ansible_collections.managed_desktop.network.plugins.plugin_utils._registrable import registrable

_SOURCE_KEYS: t.Final = ("source", "edition", "services", "format")

Sources = t.Sequence[str | t.Mapping[str, t.Any]]

FindFile = t.Callable[[str], str]
"""Finds a file that the user named, as Ansible searches for it; raises its own error where there is none."""


class LeftOut(t.NamedTuple):
    """An entry that was asked for and cannot be given: ``tenant_unset``, or ``hidden`` in the document."""

    name: str
    reason: str
    source: str
    edition: str
    row: int
    service: str | None


@dataclass(frozen=True)
class Selection:
    """Endpoints, each once with all its origins, and what the user should know about them."""

    endpoints: tuple[Endpoint, ...]
    editions: tuple[Edition, ...]
    warnings: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    domains: t.Mapping[str, str | None] = dataclasses.field(default_factory=dict, repr=False)

    def registrable(self, endpoint: Endpoint) -> str | None:
        """Return the registrable domain of an endpoint's host; for shipped ones without loading the suffix list."""
        if endpoint.host is None:
            return None
        known = self.domains.get(endpoint.host.text, "")
        return registrable(endpoint.host) if known == "" else known

    def to_dicts(self) -> list[dict[str, t.Any]]:
        """Return the endpoints as plain data, with their registrable domains."""
        return [{**endpoint.to_dict(), "registrable": self.registrable(endpoint)} for endpoint in self.endpoints]


class _Wanted(t.NamedTuple):
    edition: Edition
    services: frozenset[str] | None


def select(
    sources: Sources,
    edition: str = shipped.LATEST,
    services: t.Sequence[str] | None = None,
    tenant: str | None = None,
    treatments: t.Sequence[str] | None = None,
    required_only: bool = False,
    format: str = "auto",
    include_hidden: bool = False,
    find_file: FindFile | None = None,
) -> Selection:
    """Return the endpoints that the sources ask for.

    A source is a shipped name, the path of a user's file (it has a ``/`` or a suffix), or a mapping of ``source`` and
    its own ``edition``, ``services`` (empty for all) and ``format``, which count before the options of these names.
    `edition` is for shipped sources. `services` are names, in any case. `treatments` keeps endpoints that need at
    least one of them.

    Raises:
        CatalogueError: something is unknown or unreadable; the message offers the nearest known name.
    """
    for treatment in treatments or ():
        if treatment not in TREATMENTS:
            raise unknown("treatment", str(treatment), TREATMENTS)
    label = None if tenant in (None, "") else tenant_label(tenant)
    wanted = _wanted(sources, edition, services, format, find_file)
    endpoints: list[Endpoint] = []
    left_out: list[LeftOut] = []
    domains: dict[str, str | None] = {}
    for edition_wanted, names in wanted:
        for entry in edition_wanted.entries:
            endpoint = entry.endpoint
            if names is not None and (endpoint.service or "").casefold() not in names:
                continue
            if required_only and not endpoint.required:
                continue
            if treatments and endpoint.treatments.isdisjoint(treatments):
                continue
            if entry.hidden and not include_hidden:
                left_out.append(_left_out(entry, "hidden"))
            elif entry.template is None:
                endpoints.append(endpoint)
                if entry.registrable is not None and endpoint.host is not None:
                    domains[endpoint.host.text] = entry.registrable
            elif label is None:
                left_out.append(_left_out(entry, "tenant_unset"))
            else:
                endpoints.append(dataclasses.replace(endpoint, host=fill(entry.template, label)))
    editions = tuple(item.edition for item in wanted)
    return Selection(
        endpoints=tuple(merge(endpoints)),
        editions=editions,
        warnings=tuple(_warnings(editions, left_out)),
        left_out=tuple(left_out),
        domains=domains,
    )


def list_services(
    sources: Sources,
    edition: str = shipped.LATEST,
    services: t.Sequence[str] | None = None,
    format: str = "auto",
    find_file: FindFile | None = None,
) -> tuple[list[dict[str, t.Any]], list[str]]:
    """Return the services of the sources as plain data, edition by edition, and warnings; arguments as for `select`."""
    wanted = _wanted(sources, edition, services, format, find_file)
    listed = [
        {
            **service._asdict(),
            "rows": list(service.rows),
            "documentation": [link._asdict() for link in service.documentation],
            "source": found.source,
            "edition": found.id,
            "status": found.status,
        }
        for found, names in wanted
        for service in found.services()
        if names is None or service.name.casefold() in names
    ]
    return listed, list(_warnings([found for found, _names in wanted], []))


def _wanted(
    sources: Sources,
    edition: str,
    services: t.Sequence[str] | None,
    format: str,
    find_file: FindFile | None,
) -> list[_Wanted]:
    if not sources:
        raise CatalogueError(f"No source was given. Give shipped ones ({', '.join(shipped.sources())}) or files.")
    shared = _folded(services)
    wanted: list[_Wanted] = []
    sharing: set[str] = set()
    for index, item in enumerate(sources):
        options = _options(item, index)
        name = options["source"]
        if _is_path(name):
            found = read_file(find_file(name) if find_file else name, str(options.get("format", format)))
            if options.get("edition", shipped.LATEST) not in (shipped.LATEST, found.id):
                raise CatalogueError(f"{name}: The file is edition {found.id}, and {options['edition']} was asked for.")
        else:
            found = shipped.load(name, str(options.get("edition", edition)))
        known = {service.name.casefold(): service.name for service in found.services()}
        if "services" in options:
            own = _folded(options["services"])
            _check_services(own or {}, known, found.source)
        else:
            own = shared
            sharing |= known.keys()
        wanted.append(_Wanted(found, None if own is None else frozenset(own)))
    if shared is not None and sharing:
        names = {s.name.casefold(): s.name for item in wanted for s in item.edition.services()}
        _check_services(shared, {key: names[key] for key in sharing}, "the chosen sources")
    return wanted


def _options(item: str | t.Mapping[str, t.Any], index: int) -> dict[str, t.Any]:
    if isinstance(item, str):
        return {"source": item}
    where = f"sources[{index}]"
    if not hasattr(item, "items"):
        raise CatalogueError(f"{where}: {quoted(str(item))} is neither a name nor a mapping with a source.")
    options = dict(item)
    for key in options:
        if key not in _SOURCE_KEYS:
            raise unknown(f"key of {where}", str(key), _SOURCE_KEYS)
    if not isinstance(options.get("source"), str) or not options["source"]:
        raise CatalogueError(f"{where}: It has no source; name a shipped one or a file.")
    return {key: value for key, value in options.items() if value is not None}


def _is_path(name: str) -> bool:
    return "/" in name or bool(Path(name).suffix)


def _folded(services: t.Any) -> dict[str, str] | None:
    """Return the names of services by their folded form; None where all are wanted."""
    if services is None or services == []:
        return None
    if isinstance(services, str):
        services = [services]
    return {str(name).strip().casefold(): str(name) for name in services}


def _check_services(asked: dict[str, str], known: dict[str, str], source: str) -> None:
    for folded, name in asked.items():
        if folded not in known:
            raise unknown(f"service of {source}", name, known.values())


def _left_out(entry: Entry, reason: str) -> LeftOut:
    origin = entry.endpoint.sources[0]
    return LeftOut(entry.name, reason, origin.source, origin.edition, entry.row, entry.endpoint.service)


def _warnings(editions: t.Iterable[Edition], left_out: list[LeftOut]) -> t.Iterator[str]:
    for edition in editions:
        if edition.status != CURRENT:
            yield f"Edition {edition.id} of {edition.source} is not current; its status is {edition.status}."
    placeholders = sorted({item.name for item in left_out if item.reason == "tenant_unset"})
    if placeholders:
        yield (f"{', '.join(placeholders)} left out, because no tenant was given; it replaces {TENANT}.")
    hidden = sum(1 for item in left_out if item.reason == "hidden")
    if hidden:
        yield f"{hidden} entries left out that stand in rows which their documents hide; include_hidden takes them."
