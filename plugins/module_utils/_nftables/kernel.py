# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The kernel's side of a list: its table, read and replaced with ``nft``."""

from __future__ import annotations

import json
import os
import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.ruleset import (
    KEPT,
    Span,
    disjoint,
    learnt,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

OLDEST_VERSION = (0, 9, 4)  # concatenations with ranges
MEASURED_VERSIONS = ("1.0.6",)
NOTES = "/run/managed_desktop.network"
_NOTE_SIZE = 64

Run = t.Callable[..., tuple[int, str, str]]
"""``run_command`` of the module: arguments and keywords in; status and both outputs out; OSError if it cannot run."""

Listing = list[dict[str, t.Any]]


class Kernel:
    """The one table of a list in the kernel."""

    def __init__(self, run: Run, executable: str, table: str) -> None:
        self._run = run
        self._executable = executable
        self.table = table

    def _call(self, *arguments: str, data: str | None = None) -> tuple[int, str, str]:
        try:
            status, out, err = self._run(
                [self._executable, *arguments],
                data=None if data is None else data.encode("latin-1"),
                binary_data=True,
                environ_update={"LC_ALL": "C"},
                handle_exceptions=False,
            )
        except OSError as error:
            raise ApplianceError(
                f"The program '{self._executable}' cannot be run: {error.strerror}. Install nftables, or set "
                "executable to where it is."
            ) from error
        return status, out, err

    def version(self) -> str:
        """Return the version of nft.

        Raises:
            ApplianceError: the program does not run, or is too old for sets of networks with ports.
        """
        status, out, err = self._call("--version")
        found = re.search(r"v(\d+)\.(\d+)(?:\.(\d+))?", out)
        if status != 0 or not found:
            raise ApplianceError(f"'{self._executable} --version' tells no version: {_last(out + err)}.")
        number = tuple(int(part or 0) for part in found.groups())
        if number < OLDEST_VERSION:
            raise ApplianceError(f"nftables {found.group(0)[1:]} is too old: version 0.9.4 or later is needed.")
        return found.group(0)[1:]

    def listing(self) -> Listing | None:
        """Return what ``nft -j list table`` says of the table; None where there is none.

        Raises:
            ApplianceError: the kernel cannot be asked, as without the right to.
        """
        status, out, err = self._call("-j", "list", "table", "inet", self.table)
        if status != 0 and "No such file or directory" in err:
            return None
        return self._parsed("list table", status, out, err)

    def base_chains(self) -> Listing:
        """Return the chains of all tables that hang on a hook, and none of our table."""
        status, out, err = self._call("-j", "list", "chains")
        chains = [item["chain"] for item in self._parsed("list chains", status, out, err) if "chain" in item]
        return [chain for chain in chains if "hook" in chain and chain.get("table") != self.table]

    def _parsed(self, what: str, status: int, out: str, err: str) -> Listing:
        try:
            if status == 0:
                return t.cast(Listing, json.loads(out)["nftables"])
        except (ValueError, KeyError, TypeError):
            err = f"its answer is no JSON of nftables: {out[:100]!r}"
        raise ApplianceError(
            f"'nft -j {what}' failed: {_last(err)}. The module needs root and nf_tables in the kernel."
        )

    def check(self, ruleset: str) -> None:
        """Let ``nft -c`` judge a ruleset, given as text and never written to disk.

        Raises:
            ApplianceError: nft or the kernel would not take it.
        """
        status, _out, err = self._call("-c", "-f", "-", data=ruleset)
        if status != 0:
            raise ApplianceError(f"'nft -c' does not accept the ruleset: {_first(err)}.")

    def load(self, ruleset: str, elements: t.Mapping[str, t.Mapping[str, int]], generation: str | None) -> None:
        """Replace the table in one transaction, with `elements` that its sets shall hold already.

        It is noted for which `generation` of dnsmasq's fragment that was.

        Raises:
            ApplianceError: nft refuses; then the old table stands untouched.
        """
        lines = [ruleset]
        for name, members in elements.items():
            written = [f"{element} expires {left}s" for element, left in members.items()]
            if written:
                lines.append(f"add element inet {self.table} {name} {{ {', '.join(written)} }}\n")
        self.add("".join(lines))
        self._note(generation)

    def add(self, ruleset: str) -> None:
        """Carry a ruleset out in one transaction.

        Raises:
            ApplianceError: nft refuses; then everything stands as it was.
        """
        status, _out, err = self._call("-f", "-", data=ruleset)
        if status != 0:
            raise ApplianceError(f"'nft -f' failed: {_first(err)}.")

    def remove(self) -> None:
        """Remove the table, if it is there."""
        self.add(f"table inet {self.table}\ndelete table inet {self.table}\n")
        self._unlink(self._note_path)
        self.release()

    # A reload of the site's own ruleset brings our table back from its file, with nothing learnt in it, while dnsmasq
    # still answers from its cache and so adds nothing. The table's handle tells: it is new with every load. And a list
    # of other names with the same ports has the same ruleset: the generation tells whether a run died before it was
    # loaded, and so before what was learnt for the old names was dropped.

    @property
    def _note_path(self) -> str:
        return os.path.join(NOTES, self.table)

    @property
    def _draft_path(self) -> str:
        return f"{self._note_path}.draft"

    def reserve(self) -> None:
        """Make room for what is noted after a load, while nothing is in force yet; `release` gives it back.

        Raises:
            OSError: there is none.
        """
        os.makedirs(NOTES, mode=0o700, exist_ok=True)
        with open(self._draft_path, "w", encoding="ascii") as file:
            file.write(" " * _NOTE_SIZE)

    def release(self) -> None:
        """Give back what `reserve` took and no load has used."""
        self._unlink(self._draft_path)

    def _note(self, generation: str | None) -> None:
        text = f"{self.handle(self.listing() or [])} {generation}"
        with open(self._draft_path, "r+", encoding="ascii") as file:
            file.write(text.ljust(_NOTE_SIZE))
        os.rename(self._draft_path, self._note_path)

    @staticmethod
    def _unlink(path: str) -> None:
        # A file system that cannot be written says so of files, too, that are not there.
        if os.path.lexists(path):
            os.unlink(path)

    def was_reloaded(self, listing: Listing) -> bool:
        """Tell whether somebody else loaded the table since we did; after a restart of the host nobody can say."""
        noted = self._noted()
        return bool(noted) and noted[:1] != [str(self.handle(listing))]

    def was_loaded_for(self, listing: Listing, generation: str | None) -> bool:
        """Tell whether the table is as we loaded it for this generation, or, after a restart of the host, may be."""
        return self._noted() in ([], [str(self.handle(listing)), str(generation)])

    def _noted(self) -> list[str]:
        try:
            with open(self._note_path, encoding="ascii") as file:
                return file.read().split()
        except OSError:
            return []

    @staticmethod
    def handle(listing: Listing) -> int | None:
        """Return the number by which the kernel knows the table."""
        return next((item["table"].get("handle") for item in listing if "table" in item), None)


def carried_over(
    listing: Listing,
    groups: t.Mapping[str, t.Sequence[tuple[str, int, int]]],
    stay: t.Container[str],
    without: t.Container[str],
) -> dict[str, dict[str, int]]:
    """Return what the new table's sets shall hold of what the old one's learnt.

    `groups` gives the transport and ports of each old set; the sets in `stay` are fed by the same names as before, and
    more. What the others learnt goes into the sets `KEPT`, where nothing makes it last longer. Addresses in `without`
    are dropped from these, and what was learnt for ports that nobody tells.
    """
    found: dict[str, dict[str, int]] = {}
    kept: dict[str, list[tuple[Span, int]]] = {}
    for name, members in learnt(listing).items():
        if name in stay:
            found[name] = members
            continue
        for element, left in members.items():
            if name in KEPT:
                address, transport, ports = element.split(" . ")
                low, dash, high = ports.partition("-")
                spans = [(transport, int(low), int(high if dash else low))]
            else:
                address, spans = element, list(groups.get(name, ()))
            if spans and address.partition("/")[0] not in without:
                kept.setdefault(address, []).extend((Span(address, *span), left) for span in spans)
    for address, spans_left in kept.items():
        place = KEPT[1] if ":" in address else KEPT[0]
        left = max(seconds for _span, seconds in spans_left)
        for span in disjoint(span for span, _left in spans_left):
            found.setdefault(place, {})[span._replace(network=span.network.partition("/")[0]).text] = left
    return found


def _first(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if "Error" in line] or [_last(said)]
    return "".join(c if c.isprintable() else "?" for c in lines[0])[:300].rstrip(".")


def _last(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return "".join(c if c.isprintable() else "?" for c in lines[-1])[:300].rstrip(".") if lines else "it says nothing"
