# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What everybody calls: sources and filters in, endpoints out."""

from __future__ import annotations

import dataclasses
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import kept, shipped
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import CURRENT, Edition, Entry
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError, unknown
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.filters import Filters
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.names import TENANT
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.tenant import (
    SAMPLE,
    fill,
    tenant_label,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, merge
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import HostPattern, quoted
from ansible_collections.managed_desktop.network.plugins.plugin_utils._registrable import registrable

_SOURCE_KEYS: t.Final = ("source", "edition", "instance", "services", "format")

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


class Narrowed(t.NamedTuple):
    """A wildcard that stands for every tenant, and the names of the tenant that were given in its place."""

    name: str
    names: tuple[str, ...]
    source: str
    edition: str
    row: int


@dataclass(frozen=True)
class Selection:
    """Endpoints, each once with all its origins, and what the user should know about them."""

    endpoints: tuple[Endpoint, ...]
    editions: tuple[Edition, ...]
    warnings: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    domains: t.Mapping[str, str | None] = dataclasses.field(default_factory=dict, repr=False)
    narrowed: tuple[Narrowed, ...] = ()

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
    instance: str | None = None,
    categories: t.Sequence[str] | None = None,
    ports: t.Sequence[str | int] | None = None,
    catalogue_dir: str | None = None,
) -> Selection:
    """Return the endpoints that the sources ask for.

    A source is a shipped name, the path of a user's file (it has a ``/`` or a suffix), or a mapping of ``source`` and
    its own ``edition``, ``instance``, ``services`` (empty for all) and ``format``, which count before the options of
    these names. `edition` and `instance` are for shipped sources. `services` are names or titles, in any case; what a
    source gives with every answer comes with them. `treatments`, `categories` and `ports` (``443``, ``udp/3478-3481``)
    keep endpoints that have at least one of them, judged after all sources have been put together. Editions that
    updates have kept in `catalogue_dir` stand beside the shipped ones, and ``latest`` is the one in force there.

    Raises:
        CatalogueError: something is unknown or unreadable; the message offers the nearest known name.
    """
    filters = Filters.read(treatments, categories, required_only, ports)
    label = None if tenant in (None, "") else tenant_label(tenant)
    wanted = _wanted(sources, edition, instance, services, format, find_file, catalogue_dir)
    endpoints: list[Endpoint] = []
    left_out: list[LeftOut] = []
    narrowed: list[Narrowed] = []
    domains: dict[str, str | None] = {}
    for found, names in wanted:
        for entry in found.entries:
            endpoint = entry.endpoint
            if names is not None and (endpoint.service or "").casefold() not in names:
                continue
            if entry.hidden and not include_hidden:
                if filters.keep(endpoint):
                    left_out.append(_left_out(entry, "hidden"))
            elif entry.template is not None:
                if label is not None:
                    host = fill(entry.template, label)
                    endpoints.append(endpoint.named(host))
                    _learn(domains, entry, [host])
                elif filters.keep(endpoint):
                    left_out.append(_left_out(entry, "tenant_unset"))
            elif label is not None and entry.name in found.tenant_names:
                own = [fill(name, label) for name in found.tenant_names[entry.name]]
                endpoints += map(endpoint.named, own)
                narrowed.append(
                    Narrowed(entry.name, tuple(host.text for host in own), found.source, found.id, entry.row)
                )
                _learn(domains, entry, own)
            else:
                endpoints.append(endpoint)
                if entry.registrable is not None and endpoint.host is not None:
                    domains[endpoint.host.text] = entry.registrable
    editions = tuple(item.edition for item in wanted)
    return Selection(
        endpoints=tuple([endpoint for endpoint in merge(endpoints) if filters.keep(endpoint)]),
        editions=editions,
        warnings=tuple(_warnings(editions, left_out)),
        left_out=tuple(left_out),
        domains=domains,
        narrowed=tuple(narrowed),
    )


def list_services(
    sources: Sources,
    edition: str = shipped.LATEST,
    services: t.Sequence[str] | None = None,
    format: str = "auto",
    find_file: FindFile | None = None,
    instance: str | None = None,
    catalogue_dir: str | None = None,
) -> tuple[list[dict[str, t.Any]], list[str]]:
    """Return the services of the sources as plain data, edition by edition, and warnings; arguments as for `select`."""
    wanted = _wanted(sources, edition, instance, services, format, find_file, catalogue_dir)
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
    instance: str | None,
    services: t.Sequence[str] | None,
    format: str,
    find_file: FindFile | None,
    catalogue_dir: str | None,
) -> list[_Wanted]:
    if not sources:
        raise CatalogueError(f"No source was given. Give shipped ones ({', '.join(shipped.sources())}) or files.")
    if catalogue_dir and not Path(catalogue_dir).is_dir():
        raise CatalogueError(
            f"catalogue_dir: There is no directory {quoted(catalogue_dir)}. The first update makes it; without the"
            " option only the shipped editions are used."
        )
    shared = _folded(services)
    wanted: list[_Wanted] = []
    sharing: set[str] = set()
    for index, item in enumerate(sources):
        options = _options(item, index)
        name = options["source"]
        if is_path(name):
            if "instance" in options:
                raise CatalogueError(f"{name}: A file is of no instance; only shipped sources have several.")
            found = _read_file(find_file(name) if find_file else name, str(options.get("format", format)))
            if options.get("edition", shipped.LATEST) not in (shipped.LATEST, found.id):
                raise CatalogueError(f"{name}: The file is edition {found.id}, and {options['edition']} was asked for.")
        else:
            found = _load(name, str(options.get("edition", edition)), options.get("instance"), instance, catalogue_dir)
        known = _known_services(found)
        if "services" in options:
            own = _folded(options["services"])
            _check_services(own or {}, known, found.source)
        else:
            own = shared
            sharing |= known.keys()
        wanted.append(_Wanted(found, None if own is None else _folded_names(found, own)))
    if shared is not None and sharing:
        names = {key: name for item in wanted for key, name in _known_services(item.edition).items()}
        _check_services(shared, {key: names[key] for key in sharing}, "the chosen sources")
    return wanted


def _load(name: str, edition: str, own: t.Any, shared: str | None, catalogue_dir: str | None) -> Edition:
    if own is not None and name in shipped.sources() and not shipped.instances(name):
        raise CatalogueError(f"{name} has no instances; {quoted(str(own))} was asked for.")
    return kept.load(name, edition, shared if own is None else str(own), catalogue_dir)


def _known_services(edition: Edition) -> dict[str, str]:
    """Return what the services of an edition may be called, by the folded form."""
    rows = [row for row in edition.rows if row.service is not None]
    known = {row.title.casefold(): row.title for row in rows if row.title is not None}
    known.update((str(row.service).casefold(), str(row.service)) for row in rows)
    return known


def _folded_names(edition: Edition, asked: t.Iterable[str]) -> frozenset[str]:
    """Return the folded names of the services asked for by name or title, with those of every answer."""
    wanted = set(asked)
    names = {
        row.service.casefold()
        for row in edition.rows
        if row.service is not None and not wanted.isdisjoint((row.service.casefold(), (row.title or "").casefold()))
    }
    return frozenset(names.union(name.casefold() for name in edition.always) if names else names)


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


def _read_file(path: str, format: str) -> Edition:
    # Here, because shipped sources need no importer.
    from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.files import read_file

    return read_file(path, format)


def is_path(name: str) -> bool:
    """Tell whether a source is a file of the user's: it has a ``/`` or a suffix."""
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


def _learn(domains: dict[str, str | None], entry: Entry, hosts: t.Iterable[HostPattern]) -> None:
    """Keep the registrable domain that a placeholder's hosts share, where the tenant is no part of it."""
    if entry.registrable is not None and SAMPLE not in entry.registrable.split("."):
        domains.update((host.text, entry.registrable) for host in hosts)


def _left_out(entry: Entry, reason: str) -> LeftOut:
    origin = entry.endpoint.sources[0]
    return LeftOut(entry.name, reason, origin.source, origin.edition, entry.row, entry.endpoint.service)


def _warnings(editions: t.Iterable[Edition], left_out: list[LeftOut]) -> t.Iterator[str]:
    for edition in editions:
        if edition.status != CURRENT:
            yield f"Edition {edition.id} of {edition.source} is not current; its status is {edition.status}."
        for notice in edition.notices:
            yield f"Edition {edition.id} of {edition.source}: {notice}"
    placeholders = sorted({item.name for item in left_out if item.reason == "tenant_unset"})
    if placeholders:
        yield (f"{', '.join(placeholders)} left out, because no tenant was given; it replaces {TENANT}.")
    hidden = sum(1 for item in left_out if item.reason == "hidden")
    if hidden:
        yield f"{hidden} entries left out that stand in rows which their documents hide; include_hidden takes them."
