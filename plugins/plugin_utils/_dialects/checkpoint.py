# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a Check Point application-site writes and decides an allow-list.

What a gateway matches rests on the vendor's documentation and its community, since none runs here:

- An application-site holds text, or regular expressions, never both (``urls-defined-as-regular-expression``;
  reference of the management API, ``set-application-site``).
- Text is not anchored and ends in an implicit ``*``: ``x.example`` also matches ``x.example.evil.test``, and
  ``*.x.example/`` also matches ``evil.test/www.x.example/``. So text is never written. (CheckMates, "Related Links for
  Custom Sites/Applications", message 178046)
- A regular expression begins and ends in an implicit ``.*`` (the same), and is compared with the whole URL, its scheme
  included: the vendor's example for "only the https link" is ``^https:\\/\\/.*\\.news\\.com`` (SmartConsole help,
  R80.10 to R81.10, "Custom Application or Site - General"). ``^`` therefore holds at the beginning.
- Only what the vendor's table of metacharacters has is used: ``^`` and ``$`` "anchor to beginning" and "end of buffer
  (usually a word)", ``( )``, ``|``, ``?``, ``+``, ``*``, ``{n,m}`` and ranges in ``[ ]``; negated classes are not in it
  ("Regular Expressions", the page that also tells of custom sites: Threat Prevention guide R80.10, 138622). That the
  buffer is the whole URL follows from the example above, which has slashes.
- Whether a scheme stands before the name everywhere, the sources do not agree ("Don't put http: or https: in the
  string", message 178046). An entry does not need to know: the scheme is optional, and what follows ``^`` is either it
  or the name.
- Without HTTPS inspection the name of an https request is what the client says in the handshake, or what the server's
  certificate says; with it, the request's own (CheckMates, "web filtering with https inspection disabled", R80.20 and
  later). The path of such a request is seen only with inspection.
- Whether letters are folded, escapes resolved or dot segments removed before the comparison, nothing says. All of it is
  assumed to happen where that lets more through.
- An application-site has no ports. That it is matched on the services for web browsing alone, unless the rule or its
  own settings say otherwise, is what users report; no page of the vendor was found that lists them for the gateways of
  today. So other ports count as lost.

An entry for the name ``a.example`` is ``^(https?:\\/\\/)?a\\.example\\.?(:[0-9]{1,5})?(\\/|$)``. Nothing but a port may
stand between the name and the slash, so that no ``user@host`` and no longer name fits.

Pure functions, no input or output.
"""

from __future__ import annotations

import re
import typing as t
import urllib.parse
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.site import REGULAR, URLS, content_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import (
    SAME_OWNER,
    Artefact,
    Loss,
    breadth,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.groups import host_regex, services_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.options import OptionError, list_name
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    ALLOW,
    Endpoint,
    Ports,
    Request,
    merge,
    show_ports,
    united,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import HostPattern, covers, minimise
from ansible_collections.managed_desktop.network.plugins.plugin_utils._sets import COVERED_BY_NAME, for_names

__all__ = ["PLATFORM", "OptionError", "Options", "Rules", "compile", "decide", "load"]

PLATFORM: t.Final = "checkpoint"

WEB_PORTS: t.Final = frozenset({80, 443, 8080})
"""The ports that services for web browsing certainly have."""

PORTS: t.Final = "ports"
OTHER_SERVICES: t.Final = "other_services"

_START: t.Final = r"^(https?:\/\/)?"
_PLAIN_START: t.Final = r"^(http:\/\/)?"
_PORT: t.Final = r"\.?(:[0-9]{1,5})?"
_END: t.Final = r"(\/|$)"


@dataclass(frozen=True)
class Options:
    """Nothing about the spelling can be chosen: `name` is the list's."""

    name: str

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Options:
        """Return checked options.

        Raises:
            OptionError: a value does not fit.
        """
        return cls(list_name(data.get("name")))


def compile(endpoints: t.Iterable[Endpoint], options: Options) -> Artefact:
    """Return the artefact: the content is what an application-site holds (`content_of`)."""
    merged = merge(endpoints)
    usable, by_name = for_names(merged)
    covered_by = {endpoint.subject: COVERED_BY_NAME for endpoint in by_name}
    entries = dict(_entries(usable, covered_by))
    services = services_of(merged, covered_by)
    return Artefact(
        platform=PLATFORM,
        content=content_of(entries),
        provenance={"entries": {text: [services.get(subject, ""), subject] for text, subject in entries.items()}},
        needs={"entries": len(entries)},
        entries=len(entries),
        losses=tuple(sorted(_losses(usable, bool(entries)), key=lambda loss: (loss.subject, loss.result, loss.detail))),
        covered_by=covered_by,
    )


def _entries(usable: t.Sequence[Endpoint], covered_by: dict[str, str]) -> t.Iterator[tuple[str, str]]:
    """Yield each entry with the endpoint that it stands for."""
    covered: dict[HostPattern, HostPattern] = {}
    reached = [endpoint for endpoint in usable if endpoint.tcp_ports and endpoint.host is not None]
    kept = minimise((e.host for e in reached if e.host is not None and e.path is None), covered)
    covered_by.update((host.text, by.text) for host, by in covered.items())
    for host in kept:
        yield f"{_START}{host_regex(host)}{_PORT}{_END}", host.text
    for endpoint in reached:
        if endpoint.host is None or endpoint.path is None:
            continue
        coverer = next((host for host in kept if covers(host, endpoint.host)), None)
        if coverer is None:
            yield f"{_PLAIN_START}{host_regex(endpoint.host)}{_PORT}{_path_regex(endpoint.path)}", endpoint.subject
        else:
            covered_by[endpoint.subject] = coverer.text


def _path_regex(path: str) -> str:
    """Return the rest of an entry for a path; its characters were checked when the endpoint was made."""
    exact = path.removesuffix("*")
    written = re.sub(r"([.$()+*?\[\]{}|^\\/])", r"\\\1", exact)
    return f"{written}$" if exact == path else written


def _losses(endpoints: t.Iterable[Endpoint], any_entry: bool) -> t.Iterator[Loss]:
    others: Ports = ()
    for endpoint in endpoints:
        wide = breadth(endpoint)
        if wide is not None:
            yield wide
        if endpoint.udp_ports:
            yield Loss(endpoint.subject, "out_of_scope", "URL filtering reads HTTP and TLS over TCP, not UDP")
        if not endpoint.tcp_ports:
            continue  # what is not carried is not judged any further, and stops nothing
        if endpoint.host is None:
            yield Loss(endpoint.subject, "unsupported", "an application-site has names; networks need network objects")
            continue
        if endpoint.path is not None:
            detail = (
                "whether the gateway folds letters, resolves escapes and removes dot segments before it compares a path"
                " is not documented"
                f"{'; any query after it is let through' if endpoint.path.endswith('*') else ''}"
            )
            yield Loss(endpoint.subject, "widened", detail, SAME_OWNER)
        others = united([*others, *_beyond_web(endpoint.tcp_ports)])
    if any_entry:
        detail = "an application-site has no ports; the rule that uses it says which services are open"
        yield Loss("", "widened", detail, SAME_OWNER, prop=PORTS)
    if others:
        detail = (
            f"tcp/{','.join(map(str, show_ports(others)))}: an application-site is matched on the services for web"
            " browsing; whether on others, the vendor does not say. Name their services in the rule, and test"
        )
        yield Loss("", "narrowed", detail, prop=OTHER_SERVICES)


def _beyond_web(ports: Ports) -> t.Iterator[tuple[int, int]]:
    """Yield the parts of the ranges that are not ports for web browsing."""
    for low, high in ports:
        start = low
        for web in sorted(port for port in WEB_PORTS if low <= port <= high):
            if start < web:
                yield start, web - 1
            start = web + 1
        if start <= high:
            yield start, high


# -- the reference -----------------------------------------------------------------------------------------------


class Rules(t.NamedTuple):
    """The entries of an application-site, as a gateway compares them."""

    expressions: tuple[re.Pattern[str], ...]


def load(content: t.Mapping[str, t.Any]) -> Rules:
    """Read a list as a gateway reads it; text that is no regular expression is not ours and is not read."""
    written = content[URLS] if content[REGULAR] else ()
    return Rules(tuple(re.compile(text, re.I) for text in written))


def decide(rules: Rules, request: Request) -> frozenset[str]:
    """Return ``allow`` where some entry fits the URL, in any form in which a gateway may see it."""
    if request.transport == "tcp" and any(
        expression.search(url) for expression in rules.expressions for url in seen_as(request)
    ):
        return frozenset({ALLOW})
    return frozenset()


def seen_as(request: Request) -> list[str]:
    """Return the forms of a request's URL that a gateway may compare with: with its scheme and without, escapes kept
    or resolved. A request whose path is hidden is seen as its host."""
    if request.path is None or request.scheme != "http":
        return [f"https://{request.host}/", f"https://{request.host}", f"{request.host}/", request.host]
    port = f":{request.port}" if request.port != 80 else ""
    paths = dict.fromkeys((request.path, urllib.parse.unquote(request.path, errors="replace")))
    return [f"{scheme}{request.host}{port}{path}" for scheme in ("http://", "") for path in paths]
