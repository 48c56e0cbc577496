# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One list on a mixed fleet: a Squid behind a Linux firewall, both real, and four simulated appliances.

What the real ones let through is asked for from desks behind them. Of a simulated one it is read from its memory what
runs: what its vendor's device would match, no simulator knows.
"""

from __future__ import annotations

import collections
import contextlib
import textwrap
import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils import _drift
from ansible_collections.managed_desktop.network.plugins.plugin_utils._text_table import table

from lab.demo.lists import Listing
from lab.demo.platforms.base import REACHABILITY, Platform
from lab.demo.platforms.nftables import Nftables
from lab.demo.platforms.squid import Squid
from lab.demo.simulated import SIMULATED, Simulated
from lab.demo.stage import Play, Stage, expect, indented
from lab.demo.story import only_entry, verified
from lab.topologies import headquarters
from lab.topology import Topology

Json = dict[str, t.Any]

NAME: t.Final = "fleet"
_DESKS: t.Final = ("desk2", "desk1")
"""In this order: by what the first asks for, the firewall learns addresses that the Squid still remembers."""
_RESULTS: t.Final = ("widened", "narrowed", "unsupported", "out_of_scope", "broad")
_WIDTH: t.Final = 110


class Fleet:
    """The appliances; the simulated ones listen from its making until `close`."""

    def __init__(self, directory: Path) -> None:
        """Make the simulated appliances, each with a directory of its own below `directory`."""
        self.real: dict[str, Platform] = {platform.appliance: platform for platform in (Squid(), Nftables())}
        self.simulated: dict[str, Simulated] = {}
        with contextlib.ExitStack() as made:
            for kind in SIMULATED:
                place = directory / kind.platform
                place.mkdir(parents=True)
                self.simulated[kind.platform] = kind(place)
                made.callback(self.simulated[kind.platform].close)
            self._close = made.pop_all()

    def close(self) -> None:
        """End the simulated appliances."""
        self._close.close()

    @property
    def platforms(self) -> dict[str, str]:
        """The platform of each appliance, by its name in the inventory."""
        return {**{name: one.name for name, one in self.real.items()}, **{name: name for name in self.simulated}}

    @property
    def environment(self) -> dict[str, str]:
        """By what the controller logs in, and how many appliances it speaks to at a time: all of them."""
        logins = {key: value for one in self.simulated.values() for key, value in one.environment.items()}
        return {**logins, "ANSIBLE_FORKS": str(len(self.platforms))}

    def topology(self) -> Topology:
        """Return the lab of the real ones."""
        return headquarters()


class FleetStory:
    """Plan, apply, verify, break, find, correct: one list on every appliance at once."""

    def __init__(self, stage: Stage, fleet: Fleet, listing: Listing) -> None:
        """Only note what is wanted; ``tell`` does it."""
        self.stage = stage
        self.fleet = fleet
        self.listing = listing
        self.names = (listing.removed, listing.added)
        self.planned: dict[str, int] = {}

    def tell(self) -> None:
        """Do every step in order, and take the lab down whatever happens."""
        step, stage = self.stage.step, self.stage
        stage.begin(self.settings(), ("plan.json", "drift.json", REACHABILITY), self.appliances())
        real = "an internet, a Linux firewall, a Squid behind it, a desk behind each"
        simulated = ", ".join(one.product for one in self.fleet.simulated.values())
        try:
            step(f"Bring up the fleet: {real}; simulated: {simulated}", self.bring_up)
            step(f"Plan the list of {self.listing.title}", self.plan)
            step("Apply it to all", self.apply)
            step("Verify from the test hosts behind the real ones", self.verify)
            step("Break the list by hand on each: one name in the place of another", self.break_lists)
            step("Find the drift", self.find_drift)
            step("Correct it", self.correct_drift)
            step("Look again: all in step", self.in_step)
        finally:
            step("Take the fleet down", self.take_down)

    # -- the inventory -------------------------------------------------------------------------------------------

    def settings(self) -> Json:
        """Return the variables of all hosts; each appliance adds the losses that are accepted on it."""
        settings = self.listing.settings(NAME)
        return {
            **settings,
            "accepted_everywhere": settings.get("allowlist_accept_loss", []),
            "accepted_here": [],
            "allowlist_accept_loss": "{{ accepted_everywhere + accepted_here }}",
        }

    def appliances(self) -> dict[str, Json]:
        """Return the variables of each appliance."""
        found: dict[str, Json] = {name: one.variables() for name, one in self.fleet.real.items()}
        found.update({name: one.variables() for name, one in self.fleet.simulated.items()})
        for name, platform in self.fleet.platforms.items():
            found[name]["accepted_here"] = [dict(item) for item in self.listing.accepted_on.get(platform, ())]
        return found

    # -- the steps -----------------------------------------------------------------------------------------------

    def bring_up(self) -> str:
        """Start the lab; the simulated appliances listen already."""
        return f"{self.stage.bring_up()}; {len(self.fleet.simulated)} simulated appliances listen"

    def plan(self) -> str:
        """See what would change on each, and at what loss."""
        play, report = self.told("plan")
        expect(play.status == 0, "exit status 0")
        print(indented("\n".join(self._plan_shown(report))))
        self.planned = {name: found["missing"]["count"] for name, found in report.items()}
        self._expect_states(report, "would change")
        expect(all(self.planned.values()), f"entries to add on each, found {self.planned}")
        expect(not any(one.running() for one in self.fleet.simulated.values()), "no list yet on the simulated ones")
        losses = sum(len(found["losses"]) for found in report.values())
        entries = sum(self.planned.values())
        return f"{len(report)} appliances, {entries} entries, {losses} losses told, none of which stops the run"

    def _plan_shown(self, report: t.Mapping[str, Json]) -> t.Iterator[str]:
        """Yield a table of all appliances, then the losses that are properties of a platform."""
        rows = [("appliance", "platform", "entries", *(result.replace("_", " ") for result in _RESULTS))]
        for name, found in report.items():
            counts = collections.Counter(loss["result"] for loss in found["losses"])
            counted = (str(counts[result]) for result in _RESULTS)
            rows.append((name, self.fleet.platforms[name], str(found["missing"]["count"]), *counted))
        yield from table(rows)
        for name, found in report.items():
            for loss in found["losses"]:
                if "property" in loss:
                    text = f"{name}: {loss['property']}: {loss['result']}: {loss['detail']}"
                    yield textwrap.shorten(text, _WIDTH, placeholder=" ...")

    def apply(self) -> str:
        """Set the list everywhere, and look into the memory of the simulated ones."""
        play = self.stage.playbook("apply")
        expect(play.status == 0, "exit status 0")
        changed = {name: play.changed.get(name, 0) for name in self.fleet.platforms}
        expect(set(changed.values()) == {1}, f"one change on each, found {changed}")
        running = {name: len(one.running()) for name, one in self.fleet.simulated.items()}
        wanted = {name: self.planned[name] for name in running}
        expect(running == wanted, f"as many entries running as were planned, {wanted}, found {running}")
        told = ", ".join(f"{name} {count}" for name, count in running.items())
        return f"{sum(changed.values())} of {len(changed)} changed; the simulated ones run as planned: {told}"

    def verify(self) -> str:
        """Probe from both desks."""
        first = next(iter(self.fleet.real.values()))
        return verified(self.stage.lab, first.verify(self.stage, self.listing))

    def break_lists(self) -> str:
        """Do on each appliance what a hurried person does on a Friday."""
        for name, real in self.fleet.real.items():
            real.break_list(self.stage.lab, *self.names)
            print(f"   {name}: edited and reloaded")
        for name, simulated in self.fleet.simulated.items():
            simulated.break_list(*self.names)
            print(f"   {name}: edited and put in force")
        return self.seen("denied", "allowed")

    def find_drift(self) -> str:
        """See one name missing and one foreign on each, and an exit status that a scheduler notices."""
        removed, added = self.names
        play, report = self.drift()
        expect(play.status != 0, "an exit status that is not 0")
        self._expect_states(report, _drift.DRIFTED)
        for name, found in report.items():
            for side, wanted in (("missing", removed), ("foreign", added)):
                entry = only_entry(found[side]["by_service"])
                expect(wanted in entry.replace("\\", ""), f"{wanted} alone {side} on {name}, found {found[side]}")
        return f"{len(report)} of {len(report)} drifted: {removed} missing, {added} foreign; exit status {play.status}"

    def correct_drift(self) -> str:
        """Put it right everywhere, and ask again."""
        play, report = self.drift("-e", "allowlist_drift_correct=true")
        expect(play.status == 0, "exit status 0")
        self._expect_states(report, _drift.CORRECTED)
        return f"{len(report)} of {len(report)} corrected; {self.seen('allowed', 'denied')}"

    def in_step(self) -> str:
        """The same intent finds nothing to do, and the list runs on each."""
        play, report = self.drift()
        expect(play.status == 0, "exit status 0")
        self._expect_states(report, _drift.IN_STEP)
        running = {name: found["running"] for name, found in report.items()}
        expect(set(running.values()) == {"running"}, f"each list running, found {running}")
        return f"{len(report)} of {len(report)} in step and running; exit status {play.status}"

    def take_down(self) -> str:
        """End everything."""
        self.fleet.close()
        return f"{self.stage.take_down()}; {len(self.fleet.simulated)} simulated appliances ended"

    # -- asking --------------------------------------------------------------------------------------------------

    def told(self, playbook: str, *arguments: str) -> tuple[Play, dict[str, Json]]:
        """Run a playbook that reports; return its play and what it reports of each appliance."""
        play = self.stage.playbook(playbook, "-e", f"allowlist_report_dir={self.stage.results}", *arguments)
        report = self.stage.report(f"{playbook}.json")
        if playbook == "drift":
            print(indented(_drift.to_text(report)))
        return play, dict(report["appliances"])

    def drift(self, *arguments: str) -> tuple[Play, dict[str, Json]]:
        """Run the drift playbook."""
        return self.told("drift", *arguments)

    def seen(self, of_removed: str, of_added: str) -> str:
        """Expect these answers from desks behind the real ones, and these entries in the simulated ones."""
        removed, added = self.names
        wanted = {removed: of_removed, added: of_added}
        platforms = {"desk1": self.fleet.real["proxy"], "desk2": self.fleet.real["gateway"]}
        for desk in _DESKS:
            found = platforms[desk].ask(self.stage, desk, self.names)
            expect(found == wanted, f"{wanted} from {desk}, found {found}")
        for name, simulated in self.fleet.simulated.items():
            held = {one: "allowed" if simulated.holds(one) else "denied" for one in self.names}
            expect(held == wanted, f"{wanted} by the list of {name}, found {held}")
        return f"behind the real ones {removed} is {of_removed} and {added} {of_added}, as on the simulated lists"

    def _expect_states(self, report: t.Mapping[str, Json], state: str) -> None:
        found = {name: appliance["state"] for name, appliance in report.items()}
        expect(sorted(found) == sorted(self.fleet.platforms), f"all appliances, found {found}")
        why = [f"{name}: {one['message']}" for name, one in report.items() if "message" in one]
        expect(set(found.values()) == {state}, f"{state} on each, found {found} {'; '.join(why)}".rstrip())
