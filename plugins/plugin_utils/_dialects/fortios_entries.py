# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of a FortiOS URL filter: how a pattern or a path is written, and what an entry means.

What the vendor says of the three types of entry:

``simple``
    Flow-based inspection: a substring, so that ``net.com`` matches ``fortinet.com``. Proxy-based inspection: the name
    and what lies below it, says the newer text of the article; the name alone, said the older. From FortiOS 7.6.3 the
    table's ``include-subdomains: disable`` makes it the name alone (Fortinet, "URL filter expressions for the
    FortiGate", ta-p/192746; schema of the Ansible collection fortinet.fortios 2.4.2).
``wildcard``
    Made into a regular expression between word boundaries (said of the DNS filter's entries of the same name, "Static
    domain filter matching logic", ta-p/239549), so that ``*.a.example`` might match ``x.a.example.evil.test``.
``regex``
    Perl's expressions, found anywhere in the URL unless anchored: ``^`` is its beginning ("Using a static URL filter",
    ta-p/193086). The same in both modes. The URL has no scheme, which the device takes away. Whether letter case
    counts, sources disagree.

So `simple` is written for names in proxy-based inspection alone, and only where what it may match beside belongs to
the same owner; everything else is a `regex` that is anchored at both ends; `wildcard` never. An expression allows for
the scheme, a port and a trailing dot, in case the device leaves them in.

Pure functions, no input or output.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.groups import host_regex, widened
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import LITERAL, HostPattern, parse

FLOW: t.Final = "flow"
PROXY: t.Final = "proxy"
SIMPLE: t.Final = "simple"
REGEX: t.Final = "regex"

LONGEST_URL: t.Final = 511
"""The most characters in an entry (the field's length in the device's own schema, FortiOS 7.6)."""

_START: t.Final = "^(https?://)?"
_AFTER_HOST: t.Final = r"\.?(:[0-9]+)?"
_END: t.Final = "([/?#].*)?$"
_SEGMENT: t.Final = r"(\.{0,2}[^./?%#][^/?%#]*|\.{3}[^/?%#]*)?"
"""A segment of a path that is neither one dot nor two, and has no escapes."""


class Written(t.NamedTuple):
    """One entry: its `url` and `type`, as the device names them."""

    url: str
    type: str


def for_host(host: HostPattern, mode: str, names_alone: bool) -> Written:
    """Return the entry for a pattern; `names_alone` says that simple entries match nothing below their name."""
    if host.kind == LITERAL and mode == PROXY and not any(loss.stops for loss in beside(host, names_alone)):
        return Written(host.text, SIMPLE)
    return Written(f"{_START}{host_regex(host)}{_AFTER_HOST}{_END}", REGEX)


def beside(host: HostPattern, names_alone: bool) -> list[t.Any]:
    """Return the loss of a simple entry in proxy-based inspection: what it may match beside its name."""
    return [] if names_alone else list(widened(host, (host, parse(f"*.{host.text}"))))


def for_path(endpoint: Endpoint) -> Written:
    """Return the entry for an endpoint with a path, which is plain HTTP: exactly that path, or what begins with it."""
    host, path = t.cast(HostPattern, endpoint.host), t.cast(str, endpoint.path)
    start = f"^(http://)?{host_regex(host)}{_AFTER_HOST}"
    if not path.endswith("*"):
        return Written(f"{start}{_escaped(path)}$", REGEX)
    begun = "" if path.endswith("/*") else "[^/?%#]*"
    rest = f"{_SEGMENT}(/{_SEGMENT})*" if not begun else f"{begun}(/{_SEGMENT})*"
    return Written(f"{start}{_escaped(path[:-1])}{rest}$", REGEX)


def _escaped(path: str) -> str:
    """Escape a path; its characters were checked when the endpoint was made."""
    return re.sub(r"([.$()+*?\[\]{}|^\\])", r"\\\1", path)


class Rule:
    """What one entry matches, or may match: of what the sources say, the widest."""

    def __init__(self, type: str, url: str, mode: str, names_alone: bool) -> None:
        """Read an entry as a device in this mode of inspection does."""
        self._find: t.Callable[[str, str], bool]
        if type == SIMPLE:
            self._find = _simple(url, mode, names_alone)
        else:
            found = re.compile(url, re.IGNORECASE)
            self._find = lambda host, path: found.search(host + path) is not None

    def matches(self, host: str, path: str) -> bool:
        """Tell whether the entry may match a URL of this host (lower case) and path, which is empty where unseen."""
        return self._find(host, path)


def _simple(url: str, mode: str, names_alone: bool) -> t.Callable[[str, str], bool]:
    if mode == FLOW:
        return lambda host, path: url in host + path
    if names_alone:
        return lambda host, path: host == url
    return lambda host, path: host == url or host.endswith(f".{url}")
