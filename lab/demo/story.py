# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job: apply, verify, apply again, break, find, correct, verify.

Every line of the summary is read from what the programs answered, and a step that does not show what it should ends
the demo.
"""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils import _drift

from lab import Lab
from lab.demo.lists import Listing
from lab.demo.platforms import Platform
from lab.demo.platforms.base import REACHABILITY
from lab.demo.stage import Play, Stage, expect, indented

_DESK = "desk1"


class Story:
    """One list on one platform, told on a stage."""

    def __init__(self, stage: Stage, platform: Platform, listing: Listing) -> None:
        """Only note what is wanted; ``tell`` does it."""
        self.stage = stage
        self.lab = stage.lab
        self.platform = platform
        self.listing = listing
        self.names = (listing.removed, listing.added)

    def tell(self) -> None:
        """Do every step in order, and take the lab down whatever happens."""
        step, stage, title = self.stage.step, self.stage, self.platform.title
        stage.begin(
            {**self.listing.settings(self.platform.name), **self.platform.variables()}, ("drift.json", REACHABILITY)
        )
        try:
            step(f"Bring up the lab: {self.platform.surroundings}", stage.bring_up)
            step(f"Ask the {title} before the first list", self.ask_before)
            step(f"Apply the list of {self.listing.title}", self.apply)
            step("Verify from the test hosts", self.verify)
            step("Apply again: nothing is to be done", self.apply_again)
            step("Break the list by hand: one line removed, one foreign line added", self.break_list)
            step("Find the drift", self.find_drift)
            step("Correct it", self.correct_drift)
            step("Verify again", self.verify)
        finally:
            step("Take the lab down", stage.take_down)

    # -- the steps -----------------------------------------------------------------------------------------------

    def ask_before(self) -> str:
        """See what the site's own configuration does."""
        removed, _added = self.names
        asked = self.ask(removed)
        expect(asked == {removed: self.platform.before}, f"{removed} {self.platform.before}, found {asked}")
        return f"{_DESK} asks for {removed}: {asked[removed]}"

    def apply(self) -> str:
        """Set the list, and ask the appliance for it."""
        play = self.stage.playbook("apply")
        expect(play.status == 0, "exit status 0")
        appliance = self.platform.appliance
        expect(play.changed.get(appliance) == 1, f"one change on {appliance}, found {play.changed}")
        warned = any("is not current" in warning for warning in play.warnings)
        expect(warned != self.listing.current, f"a warning if and only if an edition is not current: {play.warnings}")
        stored = self.platform.stored(self.stage)
        expect(stored.in_step and stored.running == "running", f"the list running, found {stored}")
        return f"changed; {stored.entries} entries, digest {stored.digest[:12]} is running"

    def verify(self) -> str:
        """Probe from every test host."""
        return verified(self.lab, self.platform.verify(self.stage, self.listing))

    def apply_again(self) -> str:
        """The same intent changes nothing."""
        play = self.stage.playbook("apply")
        expect(play.status == 0, "exit status 0")
        expect(sum(play.changed.values()) == 0, f"0 changed, found {play.changed}")
        return f"{sum(play.changed.values())} changed"

    def break_list(self) -> str:
        """Do what a hurried person does on a Friday."""
        self.platform.break_list(self.lab, *self.names)
        return self.asked("the list broken", "denied", "allowed")

    def find_drift(self) -> str:
        """See both, by service, and an exit status that a scheduler notices."""
        removed, added = self.names
        play, drift = self.drift()
        expect(play.status != 0, "an exit status that is not 0")
        expect(drift["state"] == "drifted", f"drift, found {drift['state']}")
        sides = {side: drift[side]["by_service"] for side in ("missing", "foreign")}
        expect(only_entry(sides["missing"]).startswith(removed), f"{removed} alone missing, found {sides['missing']}")
        expect(only_entry(sides["foreign"]).startswith(added), f"{added} alone foreign, found {sides['foreign']}")
        told = [f"{side}: {only_entry(found).split()[0]} of {next(iter(found))}" for side, found in sides.items()]
        return f"{'; '.join(told)}; exit status {play.status}"

    def correct_drift(self) -> str:
        """Put it right, and ask again."""
        play, drift = self.drift("-e", "allowlist_drift_correct=true")
        expect(play.status == 0, "exit status 0")
        expect(drift["state"] == "corrected", f"a correction, found {drift['state']}")
        return f"{drift['state']}; {self.asked('the list mended', 'allowed', 'denied')}"

    # -- asking --------------------------------------------------------------------------------------------------

    def drift(self, *arguments: str) -> tuple[Play, dict[str, t.Any]]:
        """Run the drift playbook; return its play and what it reports of the appliance."""
        play = self.stage.playbook("drift", "-e", f"allowlist_report_dir={self.stage.results}", *arguments)
        report = self.stage.report("drift.json")
        print(indented(_drift.to_text(report)))
        found: dict[str, t.Any] = report["appliances"][self.platform.appliance]
        return play, found

    def asked(self, what: str, of_removed: str, of_added: str) -> str:
        """Ask for both names, expect these answers, and tell them."""
        removed, added = self.names
        found = self.ask(removed, added)
        expect(found == {removed: of_removed, added: of_added}, f"{what}, found {found}")
        return f"{_DESK} asks for {removed}: {found[removed]}, for {added}: {found[added]}"

    def ask(self, *names: str) -> dict[str, str]:
        """Return what the network says of names when a desk asks for them."""
        return self.platform.ask(self.stage, _DESK, names)


def verified(lab: Lab, report: t.Mapping[str, t.Any]) -> str:
    """Expect a report of the test hosts to show what it should, and return what it shows.

    Raises:
        DemoError: it does not.
    """
    expect(report["passed"] is True, f"everything as it should be, found {report['passed']}")
    desks = sorted(name for name in lab.hosts if name.startswith("desk"))
    expect(report["hosts"] == desks, f"results of {desks}, found {report['hosts']}")
    expect(sorted(report["tls_floor"]) == desks, "TLS 1.2 tested from each")
    sides = {side: [s["passed"] for s in report["subjects"] if s["expect"] == side] for side in ("allowed", "denied")}
    expect(all(sides.values()), f"both sides tested, found {sides}")
    told = [f"{passed.count(True)} of {len(passed)} {side}" for side, passed in sides.items()]
    floors = [floor["tls_1_2"] for floor in report["tls_floor"].values()]
    return f"{', '.join(told)} as they should be; TLS 1.2 {', '.join(floors)}"


def only_entry(by_service: t.Mapping[str, t.Sequence[str]]) -> str:
    """Return the one entry that a side of a difference has; empty where it has none or several."""
    entries = [entry for entries in by_service.values() for entry in entries]
    return entries[0] if len(entries) == 1 else ""
