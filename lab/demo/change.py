# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change as a change board wants it: planned, refused, approved, a canary that fails, mended, drift, evidence."""

from __future__ import annotations

import datetime
import hashlib
import json
import typing as t

import yaml

from lab.demo.lists import SEED
from lab.demo.platforms.base import policies
from lab.demo.platforms.squid import Squid
from lab.demo.stage import Play, Stage, expect, indented
from lab.topologies import campus
from lab.topology import Topology

_PROXIES: t.Final = ("proxy1", "proxy2", "proxy3")
_LISTED: t.Final = "login.live.com"
_REMOVED: t.Final = SEED.removed
_FAULT: t.Final = f"acl planted dstdomain -n {_LISTED}\nhttp_access deny planted\n"


class _Second(Squid):
    """The proxy whose list somebody edits by hand."""

    appliance = "proxy2"


class ChangeStory:
    """Two changes and a correction over three proxies, told on a stage."""

    @staticmethod
    def topology() -> Topology:
        """Return the lab: three proxies, with a test host behind each."""
        return campus(len(_PROXIES))

    def __init__(self, stage: Stage) -> None:
        """Only note what is wanted; ``tell`` does it."""
        self.stage = stage
        self.lab = stage.lab
        self.changes = stage.results / "changes"

    def tell(self) -> None:
        """Do every step in order, and take the lab down whatever happens."""
        step, stage = self.stage.step, self.stage
        settings = {
            **SEED.settings("squid"),
            "allowlist_change_dir": str(self.changes),
            "allowlist_require_approval": "true",
            "allowlist_four_eyes": True,
            "allowlist_planned_by": "alice",
            "allowlist_batches": ["1"],
        }
        stage.begin(settings, ())
        stage.forget(self.changes)
        try:
            step("Bring up the lab: an internet, a resolver, three Squids, a test host behind each", stage.bring_up)
            step("Plan the change CHG-1", lambda: self.plan("CHG-1", _PROXIES))
            step("Apply it without an approval", lambda: self.refused("CHG-1", "is not approved"))
            step("Approve it by whoever planned it", self.approved_by_the_planner)
            step("Approve it by somebody else", lambda: self.approve("CHG-1", "bob"))
            step(f"Plant a fault: a rule of proxy1's own that denies {_LISTED}", self.plant)
            step("Apply it: the canary does not stand, and is taken back", self.canary_fails)
            step("Mend the fault, plan CHG-2, and approve it", self.mend)
            step("Apply it over three batches", lambda: self.applied("CHG-2", _PROXIES))
            step("Edit the list of proxy2 by hand", self.edit)
            step("Find the drift, and since when", self.drift)
            step("Correct it, as the change CHG-3", self.correct)
            step("Find no drift any more", self.no_drift)
            step("Verify the evidence of all changes", self.audit)
        finally:
            step("Take the lab down", stage.take_down)

    # -- plan and approval ---------------------------------------------------------------------------------------

    def plan(self, change: str, expected: t.Sequence[str]) -> str:
        """Keep what would be done as a change, and show it."""
        play = self._play("plan", change)
        expect(play.status == 0, "exit status 0")
        plan = self._json(change, "plan.json")
        batches = [name for batch in plan["batches"] for name in batch]
        expect(batches == list(expected), f"{expected} to be changed, found {batches}")
        print(indented((self.changes / change / "plan.md").read_text(encoding="utf-8").partition("## What")[0]))
        return f"{len(plan['batches'])} batches, digest {self._digest(change)[:12]}"

    def refused(self, change: str, why: str) -> str:
        """Apply, and see why it is not done."""
        play = self._play("apply", change)
        expect(play.status != 0, "an exit status that is not 0")
        said = self.stage.said(why)
        before = {name: self._asked(name) for name in _PROXIES}
        expect(set(before.values()) == {"denied"}, f"nothing changed, found {before}")
        return said

    def approved_by_the_planner(self) -> str:
        """Four eyes are of two people."""
        self.approve("CHG-1", "alice")
        return self.refused("CHG-1", "wants two people")

    def approve(self, change: str, who: str) -> str:
        """Write the approval of a plan, for the next hour."""
        now = datetime.datetime.now(datetime.timezone.utc)
        approval = {
            "change": change,
            "plan": self._digest(change),
            "approver": who,
            "ticket": change,
            "not_before": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "not_after": (now + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        text = yaml.safe_dump(approval, sort_keys=False)
        (self.changes / change / "approval.yml").write_text(text, encoding="utf-8")
        print(indented(text))
        return f"approval.yml of {who}"

    # -- rollouts ------------------------------------------------------------------------------------------------

    def plant(self) -> str:
        """What a site has of its own can keep a list from working."""
        squid = self.lab.squid("proxy1")
        squid.configure("10-site.conf", _FAULT)
        squid.reconfigure()
        return "http_access deny, before the list's own rules"

    def canary_fails(self) -> str:
        """The second batch is never touched."""
        play = self._play("apply", "CHG-1")
        expect(play.status != 0, "an exit status that is not 0")
        stages = self._stages("CHG-1")
        expected = {"proxy1": "restored", "proxy2": "waiting", "proxy3": "waiting"}
        expect(stages == expected, f"{expected}, found {stages}")
        said = self.stage.said("does not stand, and is taken back")
        print(indented("\n".join(f"{name}: {stage}" for name, stage in stages.items())))
        return said

    def mend(self) -> str:
        """What was taken back is not tried again under the same id."""
        self.lab.squid("proxy1").configure("10-site.conf", "")
        self.lab.squid("proxy1").reconfigure()
        self.refused("CHG-1", "was taken back on proxy1")
        return f"{self.plan('CHG-2', _PROXIES)}; {self.approve('CHG-2', 'bob')}"

    def applied(self, change: str, names: t.Sequence[str]) -> str:
        """Every batch is set, probed and confirmed."""
        play = self._play("apply", change)
        expect(play.status == 0, "exit status 0")
        stages = self._stages(change)
        expect(stages == dict.fromkeys(names, "confirmed"), f"{', '.join(names)} confirmed, found {stages}")
        after = {name: self._asked(name) for name in _PROXIES}
        expect(set(after.values()) == {"allowed"}, f"{_LISTED} allowed by all, found {after}")
        return f"{', '.join(names)} confirmed; {_LISTED} is allowed behind every proxy"

    # -- drift ---------------------------------------------------------------------------------------------------

    def edit(self) -> str:
        """Past the collection, as a hurried person does."""
        _Second().break_list(self.lab, _REMOVED, SEED.added)
        return f"{_REMOVED} taken out, {SEED.added} put in"

    def drift(self) -> str:
        """Which appliance, since when, and that it is nobody's list."""
        play, found = self._looked()
        expect(play.status != 0, "an exit status that is not 0")
        expect(found["proxy2"]["state"] == "drifted", f"proxy2 drifted, found {found['proxy2']['state']}")
        others = {found[name]["state"] for name in ("proxy1", "proxy3")}
        expect(others == {"in step"}, f"the others in step, found {others}")
        return f"proxy2 drifted, and last agreed with {self._status('proxy2')['agreed']['change']}"

    def correct(self) -> str:
        """A correction has a plan, an approval and evidence like any other change."""
        play = self.stage.playbook("drift", "-e", "allowlist_drift_correct=true", "-e", "allowlist_change=CHG-3")
        expect(play.status != 0, "an exit status that is not 0, before the approval")
        self.stage.said("is not approved")
        batches = self._json("CHG-3", "plan.json")["batches"]
        expect(batches == [["proxy2"]], f"only proxy2 to be changed, found {batches}")
        self.approve("CHG-3", "bob")
        return self.applied("CHG-3", ["proxy2"])

    def no_drift(self) -> str:
        """All as they should be."""
        play, found = self._looked()
        expect(play.status == 0, "exit status 0")
        states = {name: item["state"] for name, item in found.items()}
        expect(set(states.values()) == {"in step"}, f"all in step, found {states}")
        return f"{len(states)} in step"

    def _looked(self) -> tuple[Play, dict[str, t.Any]]:
        play = self.stage.playbook("drift", "-e", f"allowlist_report_dir={self.stage.results}")
        report = self.stage.report("drift.json")
        return play, report["appliances"]

    # -- evidence ------------------------------------------------------------------------------------------------

    def audit(self) -> str:
        """Every file of every change is as it was when its manifest was made."""
        play = self.stage.playbook("audit")
        expect(play.status == 0, "exit status 0")
        reports = sorted(self.changes.glob("*/report.html"))
        expect(len(reports) == 3, f"three reports, found {reports}")
        for path in reports:
            print(f"   {path}")
        return f"{len(reports)} reports, and a chain of manifests that holds"

    # -- what they have in common --------------------------------------------------------------------------------

    def _play(self, name: str, change: str) -> Play:
        return self.stage.playbook(name, "-e", f"allowlist_change={change}")

    def _json(self, change: str, name: str) -> dict[str, t.Any]:
        found: dict[str, t.Any] = json.loads((self.changes / change / name).read_text(encoding="utf-8"))
        return found

    def _digest(self, change: str) -> str:
        return hashlib.sha256((self.changes / change / "plan.json").read_bytes()).hexdigest()

    def _stages(self, change: str) -> dict[str, str]:
        paths = sorted((self.changes / change / "results").glob("*.json"))
        return {path.stem: self._json(change, f"results/{path.name}")["stage"] for path in paths}

    def _status(self, appliance: str) -> dict[str, t.Any]:
        return self._json(".status", f"{appliance}.json")

    def _asked(self, proxy: str) -> str:
        """Return what becomes of a listed name behind a proxy."""
        desk = proxy.replace("proxy", "desk")
        via = self.lab.topology.host(desk).variables["allowlist_via"]
        return policies(self.stage, desk, via, [_LISTED])[_LISTED]
