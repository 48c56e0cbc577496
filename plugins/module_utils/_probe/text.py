# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Foreign text made fit for a message."""

from __future__ import annotations


def printable(foreign: str | bytes | None, limit: int = 160) -> str:
    """Return foreign text as one line of printable ASCII, at most `limit` characters long.

    What a server, proxy or certificate says ends in terminals, logs and reports: control characters, escape
    sequences, bidirectional marks and octets beyond ASCII are shown as backslash escapes, never passed on.
    """
    if foreign is None:
        return ""
    text = foreign.decode("latin-1") if isinstance(foreign, bytes) else foreign
    text = text[: limit + 1]
    shown = "".join(char if " " <= char <= "~" else _escaped(char) for char in text)
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."


def _escaped(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
