# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab's DNS answers: every name exists, except where a test says otherwise."""

from __future__ import annotations

import ipaddress
import json
import typing as t
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from lab.errors import LabError

REFUSALS = ("NXDOMAIN", "NODATA", "REFUSED", "SERVFAIL", "SILENT")
"""What can be said instead of an address. SILENT says nothing, so that the client waits."""

INTERNET = ipaddress.IPv4Network("198.18.0.0/15")
"""RFC 2544 keeps this range for test networks; the origin answers for all of it."""

_ALWAYS = {"*.invalid": "NXDOMAIN"}


def address_of(name: str) -> str:
    """The address of a name that nobody has set: the same for each name, different for most."""
    offset = 1 + zlib.crc32(name.lower().encode()) % (INTERNET.num_addresses - 2)
    return str(INTERNET.network_address + offset)


@dataclass
class Zone:
    """The exceptions, kept in a file that the DNS server reads again as soon as it changes.

    ``answers`` maps a name, or ``*.name`` for everything below it, to IPv4 addresses or to one of ``REFUSALS``.
    ``pointers`` maps an address to the name its PTR query is answered with; all others do not exist.
    """

    file: Path
    hosts: t.Mapping[str, str] = field(default_factory=dict)
    answers: dict[str, str | list[str]] = field(default_factory=dict)
    pointers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with the exceptions that always hold."""
        self._clear()

    def _clear(self) -> None:
        self.answers = {**_ALWAYS, **{name: [address] for name, address in self.hosts.items()}}
        self.pointers = {address: name for name, address in self.hosts.items()}

    def answer(self, name: str, what: str | t.Sequence[str]) -> None:
        """From now on a name, or ``*.name``, has these addresses, or is refused in one of the ways."""
        if isinstance(what, str) and what not in REFUSALS:
            what = [what]
        if not isinstance(what, str):
            what = [str(ipaddress.IPv4Address(address)) for address in what]
        self.load()
        self.answers[_canonical(name)] = what
        self.save()

    def point(self, address: str, name: str) -> None:
        """From now on the PTR query for an address is answered with this name, true or not."""
        self.load()
        self.pointers[str(ipaddress.IPv4Address(address))] = _canonical(name)
        self.save()

    def reset(self) -> None:
        """Forget all that tests have set."""
        self._clear()
        self.save()

    def save(self) -> None:
        """Put the file in place in one step."""
        draft = self.file.with_suffix(".new")
        draft.write_text(json.dumps({"answers": self.answers, "pointers": self.pointers}), encoding="utf-8")
        draft.replace(self.file)

    def load(self) -> None:
        """Read what the file says now."""
        data = json.loads(self.file.read_text(encoding="utf-8"))
        self.answers, self.pointers = data["answers"], data["pointers"]

    def look_up(self, name: str) -> str | list[str]:
        """Addresses, or one of ``REFUSALS``: the name's own entry, else the nearest ``*.`` above it, else made up."""
        name = name.lower()
        if name in self.answers:
            return self.answers[name]
        parent = name
        while "." in parent:
            parent = parent.partition(".")[2]
            if f"*.{parent}" in self.answers:
                return self.answers[f"*.{parent}"]
        return [address_of(name)]


def _canonical(name: str) -> str:
    name = name.lower().rstrip(".")
    if not name or not name.isascii():
        raise LabError(f"the lab's DNS takes names in ASCII, not {name!r}")
    return name
