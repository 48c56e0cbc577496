# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes as a rollout leaves them, without a network: real lists of the catalogue for Squid, told by made-up proxies.

Everything is written by the functions that a real run calls, so that what is made here is of their form: the tests of
the evidence use it, and ``python -m lab.sample_changes DIRECTORY`` makes the changes of the documentation.
"""

from __future__ import annotations

import datetime
import functools
import sys
import typing as t
from pathlib import Path

import yaml
from ansible_collections.managed_desktop.network.plugins.module_utils._difference import Line, compare
from ansible_collections.managed_desktop.network.plugins.module_utils._package import Package, content_digest
from ansible_collections.managed_desktop.network.plugins.module_utils._probe import tls_floor
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.causes import CAUSES
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.model import Probe, Result
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.verdict import passes
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.stored import lines_of, stored_provenance
from ansible_collections.managed_desktop.network.plugins.plugin_utils import _probes
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import parse_acceptances
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selected import editions_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import (
    approval,
    lease,
    plan,
    results,
    rollout,
    status,
    steps,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    Plain,
    write_json,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.finish import finish
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.frozen import Frozen, freeze
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.keeping import keep_plan
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.record import record_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import squid
from ansible_collections.managed_desktop.network.plugins.plugin_utils._selection import read_options, selected

MODULE: t.Final = "managed_desktop.network.squid_allowlist"
RUN: t.Final = lease.Run("controller", 4242, "1", "here")
OLD: t.Final = ("managed_desktop",)
OLD_EDITION: t.Final = "2022-09-15"
NEW: t.Final = ("managed_desktop", "windows_autopatch", "quick_assist")
BEGIN: t.Final = datetime.datetime(2026, 11, 27, 20, 0, 0, tzinfo=datetime.timezone.utc)
SIZES: t.Final = (1, "25%", "100%")
REASON: t.Final = "Squid has no narrower way to say it; accepted by the network team, NET-12"
REFUSED: t.Final = "proxy_denied"


class Compiled(t.NamedTuple):
    """A list of the catalogue as Squid gets it, and what is asked for to verify it."""

    frozen: Frozen
    endpoints: list[Plain]
    lines: list[Line]
    digest: str
    probes: list[Probe]
    unprobed: list[dict[str, str]]


@functools.cache
def compiled(sources: tuple[str, ...], edition: str = "latest") -> Compiled:
    """Return an edition of these sources compiled for Squid, with every loss accepted that has to be."""
    selection = selected(read_options({"sources": list(sources), "edition": edition}), _no_files)
    artefact = squid.compile(selection.endpoints, squid.Options.from_dict({"name": "managed_desktop"}))
    accepted = [_acceptance(loss.to_dict()) for loss in artefact.losses if loss.stops]
    facts = {
        "losses": [loss.to_dict() for loss in artefact.losses],
        "accepted": accepted,
        "editions": editions_of(selection),
        "endpoints": len(selection.endpoints),
        "entries": artefact.entries,
        "covered": len(artefact.covered_by),
    }
    package = Package(artefact.content, artefact.provenance)
    asked = _probes.plan(selection.endpoints, _probes.Options(accepted=tuple(parse_acceptances(accepted))))
    return Compiled(
        Frozen(MODULE, {"tls": package}, artefact.needs, facts, list(selection.warnings)),
        [endpoint.to_dict() for endpoint in selection.endpoints],
        lines_of(artefact.content, stored_provenance(artefact.content, artefact.provenance)),
        content_digest(artefact.content),
        asked.probes,
        asked.unprobed,
    )


def _no_files(name: str) -> str:
    raise FileNotFoundError(name)


def _acceptance(loss: Plain) -> Plain:
    if "property" in loss:
        return {"property": loss["property"], "reason": REASON}
    return {"host": loss["host"], "result": loss["result"], "reason": REASON}


class Sample:
    """One change on its way; every step takes a few seconds of `now`."""

    def __init__(self, root: Path, id: str, appliances: t.Sequence[str], begin: datetime.datetime = BEGIN) -> None:
        """Let it be of these appliances, and planned when it begins."""
        self.directory = ChangeDirectory.of(str(root), id)
        self.appliances = list(appliances)
        self.begin = self.now = begin
        self.old, self.new = compiled(OLD, OLD_EDITION), compiled(NEW)
        self.plan: Plain = {}
        self.batches: list[rollout.Batch] = []

    @property
    def scene(self) -> steps.Scene:
        """What a run of now sees: a test host behind each of the first proxies of a batch."""
        behind = {
            desk: [proxy] for batch in self.plan["batches"] for proxy, desk in zip(batch, desks(batch), strict=False)
        }
        return steps.Scene(tuple(self.appliances), behind, RUN, self.now)

    def tick(self, seconds: int) -> datetime.datetime:
        """Let some seconds pass, and return what time it is."""
        self.now += datetime.timedelta(seconds=seconds)
        return self.now

    def planned(
        self, in_step: t.Collection[str] = (), empty: t.Collection[str] = (), sizes: tuple[t.Any, ...] = SIZES
    ) -> None:
        """Plan: the appliances hold the old list, but some the new one already, and some none."""
        reference = freeze(self.directory.lists, self.new.frozen, self.new.endpoints)
        for name in self.appliances:
            held = self.new if name in in_step else None if name in empty else self.old
            lines = held.lines if held else []
            result = {
                **self.new.frozen.facts,
                "changed": held is not self.new,
                "before": {"digest": held.digest if held else None, "entries": len(lines)},
                "after": {"digest": self.new.digest, "entries": len(self.new.lines)},
                "running": {"state": "running", "digest": self.new.digest},
                "difference": {**compare(lines, self.new.lines), "not_running": False},
                "warnings": self.new.frozen.warnings,
                "place": {"name": "managed_desktop"},
                "frozen": reference,
            }
            options = {"change": self.directory.id, "change_dir": str(self.directory.root), "ring": ""}
            record = record_of(options, name, MODULE)
            if record is not None:
                record.tell(result)
        wish = plan.Wish("alice", self.directory.id, "0.1.0", sizes)
        self.plan = plan.make(self.directory, self.appliances, wish)
        keep_plan(self.directory, self.plan)

    def approved(self, **other: t.Any) -> None:
        """Write the approval that fits, but for what is given."""
        _plan, digest = plan.read(self.directory)
        window = {"not_before": self.begin, "not_after": self.begin + datetime.timedelta(hours=3)}
        times = {key: approval.written(moment) for key, moment in window.items()}
        said = {"change": self.directory.id, "plan": digest, "approver": "bob", "ticket": self.directory.id, **times}
        self.directory.approval.write_text(yaml.safe_dump({**said, **other}), encoding="utf-8")

    def begun(self) -> None:
        """Begin to carry it out."""
        found = steps.begin(self.directory, approval.Policy(approval.REQUIRED), self.scene, False)
        self.batches = [rollout.Batch(item["number"], tuple(item["appliances"])) for item in found["batches"]]

    def applied(self, number: int, failing: t.Mapping[str, str] | None = None) -> rollout.Batch:
        """Apply a batch, but for those that fail with a message."""
        batch = self.batches[number - 1]
        told = plan.appliances_of(self.plan)
        for name in batch.appliances:
            self.stage(name, results.APPLYING, 1)
        for name in batch.appliances:
            message = (failing or {}).get(name)
            if message:
                self.stage(name, results.FAILED, 2, message)
                continue
            write_json(self.directory.backup(name), {"content": "what it held"}, private=True)
            item = told[name]
            self.stage(
                name,
                results.APPLIED,
                2,
                changed=True,
                backup=f"/var/backups/managed_desktop.network/{self.directory.id}.json",
                before={"digest": item["before"], "entries": len(self.old.lines)},
                after={"digest": item["after"], "entries": len(self.new.lines)},
                running={"state": "running", "digest": item["after"]},
                losses=item["losses"],
            )
        return batch

    def stage(self, name: str, stage: str, seconds: int, message: str = "", **facts: t.Any) -> None:
        """Let an appliance come to a stage, some seconds later."""
        results.advance(self.directory, name, stage, self.tick(seconds), message, **facts)
        status.note_stage(self.directory, name, stage, self.now)

    def confirmed(self, batch: rollout.Batch) -> None:
        """Confirm a batch."""
        for name in batch.appliances:
            self.stage(name, results.CONFIRMED, 1)
            status.note_agreement(self.directory, name, self.new.digest, self.now)

    def restored(self, names: t.Sequence[str], failing: t.Mapping[str, str] | None = None) -> None:
        """Take appliances back, but for those where it fails with a message."""
        for name in names:
            self.stage(name, results.RESTORING, 1)
            message = (failing or {}).get(name, "")
            self.stage(name, results.NOT_RESTORED if message else results.RESTORED, 3, message)

    def probed(self, batch: int, when: str, hosts: t.Sequence[str], causes: t.Mapping[str, str] | None = None) -> None:
        """Write what test hosts saw: all as it should be, but for the names whose cause is given.

        Before a batch what only the new list has is refused.
        """
        self.tick(20)
        listed = {probe.host for probe in self.old.probes}
        for host in hosts:
            given = dict(causes or {})
            if when == "before":
                given.update({probe.host: REFUSED for probe in self.new.probes if probe.host not in listed})
            write_json(self.directory.probes(batch, when, host), self._told(given))

    def _told(self, causes: t.Mapping[str, str]) -> Plain:
        floor = [_result(probe, "ok") for probe in tls_floor.probes(Probe("www.microsoft.com", kind="reference"))]
        return {
            "results": [_result(probe, causes.get(probe.host)).to_dict() for probe in self.new.probes],
            "tls_floor": tls_floor.verdict(floor),
            "unprobed": self.new.unprobed,
            "editions": self.new.frozen.facts["editions"],
        }

    def judged(self, batch: rollout.Batch) -> rollout.Verdict:
        """Judge a batch as a rollout does."""
        return steps.judge(self.directory, batch, self.scene, 0, False)

    def ended(self) -> Plain:
        """End the run."""
        steps.end(self.directory, self.scene)
        return finish(self.directory, self.tick(5))


def _result(probe: Probe, cause: str | None) -> Result:
    cause = cause or ("ok" if probe.expect == "allowed" else REFUSED)
    meaning = CAUSES[cause]
    said = "the origin answers 200 OK" if cause == "ok" else "Squid answers 403 Forbidden, ERR_ACCESS_DENIED 0"
    if cause not in ("ok", REFUSED):
        said = "no answer within 5 seconds"
    result = Result(probe, cause, meaning.policy, meaning.service, meaning.layer, said, tls_version=_version(probe))
    result.stages = {"tcp": 0.4, "tls": 21.5, "http": 14.1}
    result.passed = passes(probe, cause, meaning.policy, False, False)
    return result


def _version(probe: Probe) -> str | None:
    return probe.tls[1] if probe.tls else None


OFFICES: t.Final = ("berlin", "lisbon", "oslo", "paris", "rome", "vienna")


def proxies(count: int) -> list[str]:
    """Return the names of proxies in some offices."""
    return [f"{OFFICES[number % len(OFFICES)]}-proxy-{number // len(OFFICES) + 1}" for number in range(count)]


def desks(names: t.Iterable[str]) -> list[str]:
    """Return the test hosts behind proxies, one for each, but not more than ten."""
    return [name.replace("-proxy-", "-desk-") for name in names][:10]


def confirmed(root: Path, id: str = "CHG-2041", count: int = 12, begin: datetime.datetime = BEGIN) -> Sample:
    """Make a change of three batches that came to its end."""
    names = proxies(count)
    sample = Sample(root, id, names, begin)
    sample.planned(in_step=names[-1:], empty=names[-2:-1])
    sample.approved()
    sample.begun()
    for number, planned in enumerate(sample.plan["batches"], 1):
        hosts = desks(planned)
        sample.probed(number, "before", hosts)
        batch = sample.applied(number)
        slow = {sample.new.probes[-3].host: "tcp_timeout"} if number == 3 else {}
        sample.probed(number, "after", hosts[:1], slow)
        sample.probed(number, "after", hosts[1:])
        verdict = sample.judged(batch)
        if not verdict.stands:
            raise ValueError(f"what is well does not stand: {verdict.reasons}")
        sample.confirmed(batch)
    sample.ended()
    return sample


def restored(root: Path, id: str = "CHG-2042", count: int = 12, begin: datetime.datetime = BEGIN) -> Sample:
    """Make a change whose canary fails, so that it is taken back and no other appliance is touched."""
    sample = Sample(root, id, proxies(count), begin)
    sample.planned()
    sample.approved()
    sample.begun()
    hosts = desks(sample.plan["batches"][0])
    sample.probed(1, "before", hosts)
    batch = sample.applied(1)
    sample.probed(1, "after", hosts, {probe.host: REFUSED for probe in sample.old.probes[4:7]})
    verdict = sample.judged(batch)
    if verdict.stands:
        raise ValueError("a canary that fails stands")
    sample.restored(batch.appliances)
    sample.ended()
    return sample


def under_way(root: Path, id: str = "CHG-2043", count: int = 12, begin: datetime.datetime = BEGIN) -> Sample:
    """Make a change whose second batch is being applied."""
    sample = Sample(root, id, proxies(count), begin)
    sample.planned()
    sample.approved()
    sample.begun()
    hosts = desks(sample.plan["batches"][0])
    sample.probed(1, "before", hosts)
    first = sample.applied(1)
    sample.probed(1, "after", hosts)
    sample.confirmed(first)
    sample.probed(2, "before", desks(sample.plan["batches"][1]))
    for name in sample.plan["batches"][1][:2]:
        sample.stage(name, results.APPLYING, 1)
    return sample


def main(folder: str) -> None:
    """Make one change of each kind below a directory, the one under way with its evidence too."""
    root = Path(folder)
    day = datetime.timedelta(days=1)
    made = [
        restored(root, begin=BEGIN, id="CHG-2040"),
        confirmed(root, begin=BEGIN + datetime.timedelta(minutes=40)),
        under_way(root, begin=BEGIN + day),
    ]
    finish(made[-1].directory, made[-1].tick(5))
    for sample in made:
        print(sample.directory.report)


if __name__ == "__main__":
    main(*sys.argv[1:])
