# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A list with one name per line, as an edition."""

from __future__ import annotations

import re

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.draft import Draft
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Edition, Entry, Refusal
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.names import read_name
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.tables import lines_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, EndpointError, Origin
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import HostError, quoted

_COMMENT = re.compile(r"(?:^|[ \t])#.*")


def import_text(text: str, edition: Edition) -> Edition:
    """Return `edition` with the names that the lines give: a host pattern, perhaps with a path, or a network.

    ``#`` begins a comment at the start of a line or after white space. Rows are lines. A line that does not parse
    becomes a refusal and nothing else.
    """
    draft = Draft()
    for number, line in enumerate(lines_of(text), 1):
        token = (_COMMENT.sub("", line, count=1) if "#" in line else line).strip(" \t")
        if not token:
            continue
        try:
            if " " in token or "\t" in token:
                raise HostError(f"{quoted(token)} has white space inside; write one name per line")
            name = read_name(token)
        except (HostError, EndpointError) as error:
            draft.refused.append(Refusal(number, 1, token, str(error), number))
            continue
        origin = Origin(edition.source, edition.id, number, None, name.repairs)
        endpoint = Endpoint(
            host=name.host,
            network=name.network,
            path=name.path,
            tcp_ports=name.tcp_ports,
            ports_assumed=name.ports_assumed,
            sources=(origin,),
        )
        raw = token if name.repairs or name.template else None
        draft.entries.append(Entry(endpoint, raw=raw, template=name.template))
    return draft.finish(edition)
