# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the story asks of a platform."""

from __future__ import annotations

import abc
import typing as t
from pathlib import Path

from lab import Lab, LabError
from lab.demo.lists import Listing
from lab.demo.stage import Stage, expect
from lab.topology import CA_FILE, Topology

Json = dict[str, t.Any]
REACHABILITY = "reachability.json"


class Stored(t.NamedTuple):
    """What an appliance says of its list: `entries` are those stored, `digest` is that of the list that runs."""

    in_step: bool
    running: str
    entries: int
    digest: str


class Platform(abc.ABC):
    """One kind of appliance in a lab of its own. The lab has a test host `desk1`, and may have more desks."""

    name: t.ClassVar[str]
    """As the variable allowlist_platform has it."""

    title: t.ClassVar[str]
    """As the steps call it."""

    surroundings: t.ClassVar[str]
    """What else the lab has, as its first step tells it."""

    appliance: t.ClassVar[str]
    """The host that has the list."""

    before: t.ClassVar[str]
    """What becomes of every name before the first list: ``denied`` or ``allowed``."""

    @abc.abstractmethod
    def topology(self) -> Topology:
        """Return the lab."""

    def variables(self) -> Json:
        """Return what the inventory has to say of the appliance beyond its platform."""
        return {}

    @abc.abstractmethod
    def break_list(self, lab: Lab, removed: str, added: str) -> None:
        """Edit the list by hand, past the collection, so that one name is denied and another allowed.

        Raises:
            LabError: the name that shall go has not exactly one entry.
        """

    @abc.abstractmethod
    def stored(self, stage: Stage) -> Stored:
        """Ask the appliance itself."""

    def verify(self, stage: Stage, listing: Listing) -> Json:
        """Probe all that the list names, and what it must refuse, from every desk; return the report.

        Raises:
            DemoError: the play did not end well.
        """
        play = stage.playbook("verify", "-e", f"allowlist_report_dir={stage.results}")
        report = stage.report(REACHABILITY)
        stage.show_reachability(report)
        expect(play.status == 0, "exit status 0")
        return report

    def ask(self, stage: Stage, desk: str, names: t.Sequence[str]) -> dict[str, str]:
        """Return what the network says of names when a desk asks for them by https."""
        via = stage.lab.topology.host(desk).variables["allowlist_via"]
        return policies(stage, desk, via, names)


def exchange(file: Path, old: str, new: str) -> None:
    """Put one text of a file in the place of another.

    Raises:
        LabError: the old one does not stand there exactly once.
    """
    text = file.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise LabError(f"{old.strip()!r} should stand in {file.name} once, and stands there {text.count(old)} times")
    file.write_text(text.replace(old, new), encoding="utf-8")


def policies(stage: Stage, desk: str, via: str, names: t.Sequence[str]) -> dict[str, str]:
    """Return ``allowed``, ``denied`` or ``unknown`` by name, asked for from a desk by one way."""
    asked = {"via": via, "ca_file": CA_FILE, "probes": [{"host": name} for name in names]}
    found = stage.ad_hoc(desk, "reachability_info", asked)
    return {result["host"]: result["policy"] for result in found["results"]}
