# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the options of a task or lookup to endpoints: checked, with their defaults, sources and inline list together."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.managed_desktop.network.plugins.module_utils._selection_options import (
    EDITION_OPTIONS,
    FILTER_OPTIONS,
    SELECTION_OPTIONS,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import kept
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import (
    FindFile,
    Selection,
    is_path,
    select,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, EndpointError, merge

DEFAULT_SOURCES: t.Final = ("managed_desktop",)

Options = dict[str, t.Any]


def read_options(arguments: t.Mapping[str, t.Any], specification: t.Mapping[str, t.Any] | None = None) -> Options:
    """Return every option of `specification` with the value that a task's arguments give it, or its default.

    The options are `SELECTION_OPTIONS` where none are named.

    What an action plugin keeps for itself is checked by nobody else.

    Raises:
        CatalogueError: a value is not of the option's type, or none of its choices.
    """
    options = dict(SELECTION_OPTIONS if specification is None else specification)
    given = {name: arguments[name] for name in options if arguments.get(name) is not None}
    checked = ArgumentSpecValidator(options).validate(given)
    if checked.error_messages:
        raise CatalogueError("; ".join(checked.error_messages))
    return dict(checked.validated_parameters)


def selected(options: Options, find_file: FindFile) -> Selection:
    """Return the endpoints that the selection options ask for; an inline list is merged with the sources.

    Raises:
        CatalogueError: a source or filter is unknown, a file has faults, or nothing is asked for.
        EndpointError: the inline list has a fault; the message names the item.
    """
    own = [_inline_endpoint(item, f"endpoints[{number}]") for number, item in enumerate(options["endpoints"] or ())]
    sources = sources_of(options)
    if own and not sources:
        return Selection(tuple(merge(own)), (), (), ())
    found = select(
        sources, find_file=find_file, **{name: options[name] for name in (*EDITION_OPTIONS, *FILTER_OPTIONS)}
    )
    return dataclasses.replace(found, endpoints=tuple(merge([*found.endpoints, *own]))) if own else found


def selected_some(options: Options, find_file: FindFile) -> Selection:
    """Return what `selected` returns, which is something: an empty list would cut off every device, or prove nothing.

    Raises:
        CatalogueError: nothing is left of the sources; also as `selected`.
        EndpointError: as `selected`.
    """
    found = selected(options, find_file)
    if not found.endpoints:
        filters = [name for name in FILTER_OPTIONS if options[name] and name != "tenant"]
        said = f" Too narrow may be {', '.join(filters)}." if filters else ""
        left_out = f" {found.warnings[-1]}" if found.left_out else ""
        raise CatalogueError(
            f"The selection has no endpoint, so that nothing would be let through.{said}{left_out} To take a list away "
            "from an appliance, use state: absent."
        )
    return found


def sources_of(options: Options) -> list[t.Any]:
    """Return the sources that the options name, or those that stand for none named."""
    if options["sources"] is not None:
        return list(options["sources"])
    # An empty list of endpoints that a play has put together is no wish for the shipped one.
    return list(DEFAULT_SOURCES) if options["endpoints"] is None else []


def named_files(options: Options, find_file: FindFile) -> list[str]:
    """Return the paths of all that a selection depends on besides the shipped catalogue, for the cache key."""
    files = []
    for item in sources_of(options):
        name = item.get("source") if isinstance(item, dict) else item
        if not isinstance(name, str):
            continue
        if is_path(name):
            files.append(find_file(name))
        elif options["catalogue_dir"]:
            files.append(str(kept.index_path(options["catalogue_dir"], name)))
    return files


def _inline_endpoint(item: t.Any, where: str) -> Endpoint:
    if isinstance(item, str):
        return Endpoint.from_dict({"host": item}, where)
    if isinstance(item, dict):
        return Endpoint.from_dict(item, where)
    raise EndpointError(f"{where}: {ascii(str(item))[:80]} is neither a name nor a mapping")
