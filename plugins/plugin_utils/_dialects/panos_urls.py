# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How PAN-OS writes a host in a URL list, be it a custom URL category or an external dynamic list of type URL.

``a.example/`` is that host, whatever comes behind it; ``*.a.example/`` any name below it and not the name itself;
``^`` is exactly one label. A wildcard has to be a whole label, ``*`` may not follow ``*``, and at most nine ``^`` may
follow one another. Without the slash an entry is open at its end and could match ``a.example.evil.test``; whether the
firewall appends one by itself depends on its version and on a setting, so it is always written. Case does not matter
(palo alto networks, "Guidelines for URL Category Exceptions",
https://docs.paloaltonetworks.com/advanced-url-filtering/administration/configuring-url-filtering/url-category-exceptions).
Whether ``*`` stays within the host, no page says. Tokens are what stands between ``. / ? & = ; +`` ("Wildcard
Guidelines", administrator's guide 7.1), and an asterisk "matches any number of consecutive tokens" (a reply of 2026 in
live.paloaltonetworks.com, message 1256861), which would let it cross a slash; the examples of all pages are of names
alone. So the worse case holds: where the firewall reads a path, `in_path` says what ``*.a.example/`` may match there.
That an entry has at most 255 characters is said of the cloud firewall's lists, and assumed of all.

Pure functions, no input or output.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import OTHER_OWNER, Loss
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import LITERAL, HostPattern, parse

LONGEST: t.Final = 255
"""The most characters of an entry."""

STAR_IN_PATHS: t.Final = "star_in_paths"
"""The property of a list with stars that a path of another site may match them."""

_MOST_CARETS: t.Final = 9
_SEPARATORS: t.Final = "./?&=;+"


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


def in_path(pattern: HostPattern, path: str | None) -> bool:
    """Tell whether a pattern of `meaning_of` may match by the path of another host's URL; None is a path not seen."""
    if not pattern.free or path is None:
        return False
    labels = pattern.text.split(".")[pattern.free :]
    tail = r"\.".join(f"[^{_SEPARATORS}]+" if label == "*" else re.escape(label) for label in labels)
    return re.search(rf"\.{tail}(/|$)", path.lower()) is not None


def star_in_paths(entries: t.Iterable[str]) -> t.Iterator[Loss]:
    """Yield, once, what entries that begin with a star may let through besides."""
    if any(entry.startswith("*") for entry in entries):
        detail = (
            "no page says that a star stays within the host: where the firewall reads paths, in plain HTTP and in what "
            "it decrypts, a name of the list in the path of any other site may match"
        )
        yield Loss("", "widened", detail, OTHER_OWNER, prop=STAR_IN_PATHS)


def _longest_run(labels: t.Iterable[str]) -> int:
    longest = run = 0
    for label in labels:
        run = run + 1 if label == "^" else 0
        longest = max(longest, run)
    return longest
