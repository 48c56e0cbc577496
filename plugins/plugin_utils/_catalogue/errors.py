# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with the catalogue, or with what was asked of it."""

from __future__ import annotations

import difflib
import typing as t

SHOWN: t.Final = 20
"""How many faults of one file a message lists."""


class CatalogueError(ValueError):
    """A source, an edition, a file or an option that the catalogue cannot serve; the message says what to do."""


class Fault(t.NamedTuple):
    """One thing wrong in a file: where, and why it was refused. `reason` names the token, safely quoted."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}" if self.place else self.reason


class FileFaults(CatalogueError):
    """A file with faults. All of them are told at once, because a user corrects a file and not a line."""

    def __init__(self, name: str, faults: t.Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        count = len(self.faults)
        lines = [f"{name}: {count} fault{'s' if count != 1 else ''}, and nothing was taken from the file:"]
        lines += [f"  {fault}" for fault in self.faults[:SHOWN]]
        if count > SHOWN:
            lines.append(f"  and {count - SHOWN} more")
        super().__init__("\n".join(lines))


def unknown(kind: str, given: str, known: t.Iterable[str]) -> CatalogueError:
    """Return the error for a name that is not among the `known` ones; it offers the nearest."""
    names = sorted(set(known))
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(given[:200].casefold(), list(folded), n=1, cutoff=0.5)
    hint = f" Did you mean {folded[near[0]]!r}?" if near else ""
    listed = ", ".join(repr(name) for name in names) or "none"
    return CatalogueError(f"There is no {kind} {given[:80]!a}.{hint} Known: {listed}.")
