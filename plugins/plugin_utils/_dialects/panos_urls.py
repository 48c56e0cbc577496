# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How PAN-OS writes a host in a URL list, be it a custom URL category or an external dynamic list of type URL.

``a.example/`` is that host, whatever comes behind it; ``*.a.example/`` any name below it and not the name itself;
``^`` is exactly one label. A wildcard has to be a whole label, ``*`` may not follow ``*``, and at most nine ``^`` may
follow one another. Without the slash an entry is open at its end and could match ``a.example.evil.test``; whether the
firewall appends one by itself depends on its version and on a setting, so it is always written. Case does not matter
(palo alto networks, "Guidelines for URL Category Exceptions",
https://docs.paloaltonetworks.com/advanced-url-filtering/administration/configuring-url-filtering/url-category-exceptions).
That an entry has at most 255 characters is said of the cloud firewall's lists, and assumed of all.

Pure functions, no input or output.
"""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import LITERAL, HostPattern, parse

LONGEST: t.Final = 255
"""The most characters of an entry."""

_MOST_CARETS: t.Final = 9


def entry_of(host: HostPattern) -> str | None:
    """Return the narrowest safe entry that matches all that a pattern does; None where there is none."""
    if host.kind == LITERAL:
        return f"{host.text}/"
    labels = host.text.split(".")
    free = host.free
    if any("*" in label and label != "*" for label in labels):
        return f"*.{host.tail}/"
    inner = ["^" if label == "*" else label for label in labels[free:]]
    if _longest_run(inner) > _MOST_CARETS:
        return None
    return f"{'*.' if free else ''}{'.'.join(inner)}/"


def meaning_of(entry: str) -> HostPattern:
    """Return what a firewall makes of an entry of `entry_of`."""
    return parse(entry.removesuffix("/").replace("^", "*"))


def _longest_run(labels: t.Iterable[str]) -> int:
    longest = run = 0
    for label in labels:
        run = run + 1 if label == "^" else 0
        longest = max(longest, run)
    return longest
