# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of names that a FortiGate fetches or is sent: how a pattern is written, and what a line means there.

One name a line, and "simple wildcards" (Fortinet, FortiOS administration guide, "External feeds" and "External
resources file format"). Whether a name also matches what lies below it, and a wildcard its own apex, no page says; a
reply by the vendor's staff in its forum says that ``*.a.example`` matches the apex and any depth. Both are assumed.

Pure functions, no input or output.
"""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import LITERAL, HostPattern, parse

LONGEST_LINE: t.Final = 4096
"""The most characters in a line (Fortinet, "How to use an external resource on a remote HTTP server", ta-p/225335)."""
MOST_ENTRIES: t.Final = 131_072
"""The most entries of one list before FortiOS 7.4.4 (the same, and "External threat list resource entry limits")."""


def line_of(host: HostPattern) -> str:
    """Return the line for a pattern; a wildcard that is no simple one becomes that of the domain behind it."""
    return host.text if host.kind == LITERAL else f"*.{host.tail}"


def meaning_of(line: str) -> tuple[HostPattern, ...]:
    """Return every pattern that a line means, or may mean."""
    if not line.startswith("*."):
        return parse(line), parse(f"*.{line}")
    apex = line[2:]
    # A top-level domain is no host, so that nothing lies in its apex.
    return (parse(line), parse(apex)) if "." in apex else (parse(line),)
