# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Zscaler Internet Access makes of the entries of custom URL categories: what lists are held against.

None of it was seen on a real tenant. It is what Zscaler's help says (help.zscaler.com, as of November 2025), and where
that says nothing, the worse case:

- ``x.example`` is exactly that name, with any port and whatever comes behind it; ``.x.example`` is the name itself and
  what lies up to five levels below it (zia/url-format-guidelines).
- ``x.example/a/b`` is exactly that string, ``x.example/a/`` whatever lies under it (the same page). Its own text begins
  with it, so it is taken to be under it, as a name is matched by the entry that says it.
- "An exact match takes priority over the wildcard matches" of another category (the same page, and
  zia/understanding-policy-enforcement: the service "always looks for a specific match first"). Which of two wildcards
  goes first is not said; here the one without the treatment does.
- An exempted URL is written in the same way (zia/exempting-urls-cloud-apps-authentication). It is a list apart, in
  which any entry counts.

Pure functions, no input or output.
"""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    ALLOW,
    BYPASS_AUTHENTICATION,
    BYPASS_INSPECTION,
    Request,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import normalise_name

LEVELS: t.Final = 5
"""How many levels below its name an entry with a leading dot reaches."""


class Entries(t.NamedTuple):
    """One list as the service holds it: names, names with a leading dot (written without it), and URLs with a path."""

    names: frozenset[str]
    below: frozenset[str]
    urls: frozenset[str]


class Rules(t.NamedTuple):
    """Both categories and the list of exempted URLs."""

    allow: Entries
    bypass_inspection: Entries
    bypass_authentication: Entries


def load(content: t.Mapping[str, t.Any]) -> Rules:
    """Read the lists of a content, each by the treatment that it gives."""
    return Rules(*(_entries(content.get(key) or ()) for key in (ALLOW, BYPASS_INSPECTION, BYPASS_AUTHENTICATION)))


def _entries(urls: t.Iterable[str]) -> Entries:
    written = list(urls)
    hosts = [url for url in written if "/" not in url]
    return Entries(
        frozenset(url for url in hosts if not url.startswith(".")),
        frozenset(url[1:] for url in hosts if url.startswith(".")),
        frozenset(url for url in written if "/" in url),
    )


def decide(rules: Rules, request: Request) -> frozenset[str]:
    """Return the treatments that a request gets where the site's rules name both categories.

    Its port counts for nothing. A path is seen in plain HTTP, and in HTTPS that is inspected, which this does not ask.
    """
    name = normalise_name(request.host)
    path = request.path if request.scheme == "http" else None
    rank_allow, rank_bypass = (_rank(entries, name, path) for entries in (rules.allow, rules.bypass_inspection))
    if not rank_allow and not rank_bypass:
        return frozenset()
    granted = {ALLOW}
    if rank_bypass > rank_allow:
        granted.add(BYPASS_INSPECTION)
    if _rank(rules.bypass_authentication, name, path):
        granted.add(BYPASS_AUTHENTICATION)
    return frozenset(granted)


def _rank(entries: Entries, name: str, path: str | None) -> int:
    """Return how specific the entry is that matches: 3 a URL with a path, 2 a name, 1 a wildcard, 0 none."""
    if path is not None and any(under(url, f"{name}{path}") for url in entries.urls):
        return 3
    if name in entries.names:
        return 2
    return int(any(parent in entries.below for parent in within_reach(name)))


def under(url: str, asked: str) -> bool:
    """Tell whether an entry with a path matches a URL, both without a scheme."""
    return asked.startswith(url) if url.endswith("/") else asked == url


def within_reach(name: str) -> t.Iterator[str]:
    """Yield the name and its parents from which, with a leading dot, an entry would reach it."""
    labels = name.split(".")
    for above in range(min(LEVELS, len(labels) - 1) + 1):
        yield ".".join(labels[above:])
