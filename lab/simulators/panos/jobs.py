# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs: they advance with every request to the device, whoever makes it, and end whether or not anybody asks."""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

from lab.simulators.panos.answers import element

_STAMP: t.Final = "2026/11/27 10:00:00"

Result = tuple[list[str], list[ET.Element]]
"""What is wrong, nothing where all is well, and what happened on each device of a push."""


@dataclass
class Job:
    """One job; `work` is done at its end."""

    number: int
    kind: str
    user: str
    description: str
    work: t.Callable[[], Result]
    steps: int
    taken: int = 0
    errors: list[str] = field(default_factory=list)
    devices: list[ET.Element] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self.taken >= self.steps

    def step(self) -> None:
        """Be one step further."""
        self.taken += 1
        if self.taken == self.steps:
            self.errors, self.devices = self.work()

    def shown(self) -> ET.Element:
        """Return the job as ``show jobs`` has it."""
        job = element("job")
        result = ("FAIL" if self.errors else "OK") if self.ended else "PEND"
        for tag, text in (
            ("tenq", _STAMP),
            ("tdeq", _STAMP[11:]),
            ("id", str(self.number)),
            ("user", self.user),
            ("type", self.kind),
            ("status", "FIN" if self.ended else "ACT"),
            ("queued", "NO"),
            ("stoppable", "no" if self.ended else "yes"),
            ("result", result),
            ("tfin", _STAMP if self.ended else "Still Active"),
            ("description", self.description),
            ("positionInQ", "0"),
            ("progress", str(100 * self.taken // self.steps)),
        ):
            job.append(element(tag, text))
        details = ET.SubElement(job, "details")
        if self.ended and not self.devices:
            for line in self.errors or ["Configuration committed successfully"]:
                details.append(element("line", line))
        ET.SubElement(job, "warnings")
        if self.devices:
            devices = ET.SubElement(job, "devices")
            devices.extend(self.devices)
        return job


class Jobs:
    """The jobs of a device; `steps` is how many requests each takes."""

    def __init__(self) -> None:
        """Begin without any."""
        self.steps = 2
        self.known: list[Job] = []

    @property
    def active(self) -> list[Job]:
        """Those that have not ended."""
        return [job for job in self.known if not job.ended]

    def begin(self, kind: str, user: str, description: str, work: t.Callable[[], Result]) -> Job:
        """Enqueue a job."""
        job = Job(len(self.known) + 2, kind, user, description, work, max(1, self.steps))
        self.known.append(job)
        return job

    def advance(self) -> None:
        """Let every active job be one step further."""
        for job in self.active:
            job.step()


def on_device(serial: str, name: str, errors: t.Sequence[str]) -> ET.Element:
    """Return what a push did on one device."""
    entry = element("entry")
    for tag, text in (
        ("serial-no", serial),
        ("devicename", name),
        ("result", "FAIL" if errors else "OK"),
        ("status", "commit failed" if errors else "commit succeeded"),
        ("tstart", _STAMP),
        ("tfin", _STAMP),
    ):
        entry.append(element(tag, text))
    message = ET.SubElement(ET.SubElement(entry, "details"), "msg")
    listed = ET.SubElement(message, "errors")
    for line in errors:
        listed.append(element("line", line))
    ET.SubElement(message, "warnings")
    return entry
