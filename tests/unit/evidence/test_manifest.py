# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import hashlib
import json
import threading

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import lease
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.audit import audit, to_text
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import ChangeError, write_json
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.finish import finish

from lab import sample_changes
from tests.unit.evidence.conftest import CONFIRMED, LATER, RESTORED, UNDER_WAY, taken_back

MORE = datetime.timedelta(hours=1)


def manifest_of(directory):
    return json.loads(directory.manifest.read_bytes())


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_file_is_named_with_its_digest_and_size_and_the_change_before_it(change):
    directory = change(CONFIRMED)
    found = manifest_of(directory)
    there = [path for path in directory.path.rglob("*") if path.is_file() and path != directory.manifest]
    assert sorted(found["files"]) == sorted(path.relative_to(directory.path).as_posix() for path in there)
    for name, item in found["files"].items():
        path = directory.path / name
        assert (item["sha256"], item["bytes"]) == (sha256(path), path.stat().st_size)
        assert ("so_far" in item) == name.startswith("results/")
    assert found["previous"] == {"change": RESTORED, "revision": 1, "sha256": sha256(change(RESTORED).manifest)}
    assert manifest_of(change(RESTORED))["previous"] is None


def test_what_is_as_it_was_passes_and_what_is_under_way_is_not_finished(changes):
    found = audit(str(changes), LATER)
    assert found["passed"] is True
    assert {name: item["state"] for name, item in found["changes"].items()} == {
        RESTORED: "intact",
        CONFIRMED: "intact",
        UNDER_WAY: "not finished",
    }
    assert [link["change"] for link in found["chain"]] == [RESTORED, CONFIRMED]
    assert (found["broken"], found["warnings"]) == ([], [])
    assert "the chain is whole" in to_text(found)


@pytest.mark.parametrize(
    "name",
    [
        "plan.json",
        "approval.yml",
        "evidence.json",
        "report.html",
        "results/berlin-proxy-1.json",
        "backups/berlin-proxy-1.json",
        "probes/1-before/berlin-desk-1.json",
    ],
)
def test_a_file_that_was_altered_or_taken_away_is_named(changes, change, name):
    path = change(CONFIRMED).path / name
    kept = path.read_bytes()
    path.write_bytes(kept.replace(b"a", b"b", 1))
    found = audit(str(changes), LATER)
    assert found["passed"] is False
    assert found["changes"][CONFIRMED]["altered"] == [name]
    assert f"{CONFIRMED}: altered" in to_text(found)
    assert f"  altered: {name}\n" in to_text(found)
    path.unlink()
    assert audit(str(changes), LATER)["changes"][CONFIRMED]["missing"] == [name]
    path.write_bytes(kept)
    assert audit(str(changes), LATER)["passed"] is True


def test_a_file_that_was_added_is_named_but_a_signature_of_the_manifest_may_come_later(changes, change):
    directory = change(CONFIRMED)
    (directory.path / "manifest.json.sig").write_text("signed", encoding="utf-8")
    (directory.path / ".plan.json.1a2b3c4d").write_text("a killed run had begun this", encoding="utf-8")
    assert audit(str(changes), LATER)["passed"] is True
    (directory.path / "probes" / "note.txt").write_text("x", encoding="utf-8")
    found = audit(str(changes), LATER)
    assert (found["passed"], found["changes"][CONFIRMED]["added"]) == (False, ["probes/note.txt"])


def test_a_link_in_place_of_a_file_is_no_file(changes, change):
    directory = change(CONFIRMED)
    kept = directory.plan.rename(directory.root / "kept.json")
    directory.plan.symlink_to(kept)
    found = audit(str(changes), LATER)
    assert found["changes"][CONFIRMED]["state"] == "altered"
    assert "plan.json is neither a file" in to_text(found)


def test_a_manifest_made_anew_to_fit_an_altered_file_breaks_the_chain_to_the_next(changes, change):
    directory = change(RESTORED)
    directory.plan.write_bytes(directory.plan.read_bytes().replace(b"alice", b"mallory"))
    forged = manifest_of(directory)
    forged["files"]["plan.json"] = {"sha256": sha256(directory.plan), "bytes": directory.plan.stat().st_size}
    write_json(directory.manifest, forged)
    found = audit(str(changes), LATER)
    assert found["changes"][RESTORED]["state"] == "intact"  # by itself
    assert found["passed"] is False
    (broken,) = found["broken"]
    assert (broken["change"], broken["revision"]) == (CONFIRMED, 1)
    assert f"follows revision 1 of {RESTORED}" in broken["text"]
    assert "chain broken: " in to_text(found)


def test_a_change_that_was_taken_away_breaks_the_chain(changes, change):
    change(RESTORED).path.rename(changes.parent / "hidden")
    found = audit(str(changes), LATER)
    assert [item["change"] for item in found["broken"]] == [CONFIRMED]


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"format": 1}', b"\xff"])
def test_a_manifest_that_is_none_is_told_and_keeps_no_other_change_from_ending(changes, change, content):
    change(RESTORED).manifest.write_bytes(content)
    found = audit(str(changes), LATER)
    assert found["changes"][RESTORED]["state"] == "altered"
    assert found["changes"][RESTORED]["messages"]
    assert found["broken"]
    finish(change(UNDER_WAY), LATER)
    assert manifest_of(change(UNDER_WAY))["previous"]["change"] == CONFIRMED
    with pytest.raises(ChangeError, match=r"manifest\.json"):
        finish(change(RESTORED), LATER)


def test_a_manifest_of_another_change_is_told(changes, change):
    change(UNDER_WAY).manifest.write_bytes(change(CONFIRMED).manifest.read_bytes())
    found = audit(str(changes), LATER)
    assert found["changes"][UNDER_WAY]["state"] == "altered"
    assert f"the manifest of change '{CONFIRMED}'" in found["changes"][UNDER_WAY]["messages"][0]


def test_ending_again_writes_nothing_where_nothing_moved(changes, change):
    directory = change(CONFIRMED)
    before = {path: path.stat().st_mtime_ns for path in directory.path.rglob("*")}
    finish(directory, LATER)
    assert {path: path.stat().st_mtime_ns for path in directory.path.rglob("*")} == before


def test_what_is_taken_back_after_the_end_is_a_new_revision_and_the_old_manifest_stays(changes, change):
    directory = change(RESTORED)
    first = directory.manifest.read_bytes()
    (directory.path / "manifest.json.sig").write_text("signed", encoding="utf-8")
    taken_back(directory, ("lisbon-proxy-1",))
    lease.give_up(directory, ("lisbon-proxy-1",), sample_changes.RUN)
    finish(directory, LATER)
    found = manifest_of(directory)
    assert found["revision"] == 2
    assert (directory.path / "manifest-1.json").read_bytes() == first
    assert {"manifest-1.json", "manifest-1.json.sig"} <= set(found["files"])
    assert found["previous"]["change"] == CONFIRMED  # what was made last, and not its own
    told = audit(str(changes), LATER)
    assert told["passed"] is True
    assert [(link["change"], link["revision"]) for link in told["chain"]] == [
        (RESTORED, 1),
        (CONFIRMED, 1),
        (RESTORED, 2),
    ]


def test_while_it_is_taken_back_what_differs_is_no_fault_and_no_success(changes, change):
    directory = change(CONFIRMED)
    taken_back(directory)
    found = audit(str(changes), LATER)
    assert (found["passed"], found["changes"][CONFIRMED]["state"]) == (None, "under way")
    assert "is under way again" in to_text(found)
    directory.plan.write_bytes(directory.plan.read_bytes() + b"\n")
    assert audit(str(changes), LATER)["changes"][CONFIRMED]["state"] == "altered"


def test_a_run_killed_before_its_manifest_leaves_the_change_under_way_until_it_is_ended(changes, change, monkeypatch):
    directory = change(CONFIRMED)
    taken_back(directory)
    with monkeypatch.context() as patch:
        patch.setattr(
            "ansible_collections.managed_desktop.network.plugins.plugin_utils._change.manifest.write", _killed
        )
        with pytest.raises(KeyboardInterrupt):
            finish(directory, LATER)
    found = audit(str(changes), LATER)
    assert {"evidence.json", "report.html"} < set(found["changes"][CONFIRMED]["altered"])
    assert (found["passed"], found["changes"][CONFIRMED]["state"]) == (None, "under way")
    finish(directory, LATER)
    lease.give_up(directory, ("berlin-proxy-1",), sample_changes.RUN)
    assert audit(str(changes), LATER)["passed"] is True


def _killed(*_arguments):
    raise KeyboardInterrupt


def test_results_that_moved_with_nobody_at_work_are_altered(changes, change):
    directory = change(CONFIRMED)
    taken_back(directory)
    lease.give_up(directory, ("berlin-proxy-1",), sample_changes.RUN)
    assert audit(str(changes), LATER)["changes"][CONFIRMED]["altered"] == ["results/berlin-proxy-1.json"]


def test_a_new_revision_does_not_whitewash_what_was_altered_before_it(changes, change):
    directory = change(CONFIRMED)
    approved = directory.approval.read_bytes()
    directory.approval.write_bytes(approved.replace(b"bob", b"eve"))
    taken_back(directory)
    lease.give_up(directory, ("berlin-proxy-1",), sample_changes.RUN)
    finish(directory, LATER)
    found = audit(str(changes), LATER)
    assert found["passed"] is False
    assert found["changes"][CONFIRMED]["messages"] == ["approval.yml was altered between revision 1 and 2."]


def test_an_earlier_revision_that_was_altered_is_found(changes, change):
    directory = change(CONFIRMED)
    taken_back(directory)
    finish(directory, LATER)
    kept = directory.path / "manifest-1.json"
    write_json(kept, {**json.loads(kept.read_bytes()), "made": "2020-01-01T00:00:00Z"})
    assert audit(str(changes), LATER)["changes"][CONFIRMED]["altered"] == ["manifest-1.json"]
    kept.unlink()
    assert audit(str(changes), LATER)["changes"][CONFIRMED]["missing"] == ["manifest-1.json"]


def test_a_run_killed_between_keeping_the_old_manifest_and_writing_the_new_one_harms_nothing(changes, change):
    directory = change(CONFIRMED)
    copy = directory.path / "manifest-1.json"
    copy.write_bytes(directory.manifest.read_bytes())
    assert audit(str(changes), LATER)["passed"] is True
    taken_back(directory)
    lease.give_up(directory, ("berlin-proxy-1",), sample_changes.RUN)
    finish(directory, LATER)
    assert audit(str(changes), LATER)["passed"] is True
    assert manifest_of(directory)["revision"] == 2


def test_a_manifest_that_is_gone_from_a_change_that_has_an_earlier_one_is_told(changes, change):
    directory = change(CONFIRMED)
    taken_back(directory)
    finish(directory, LATER)
    directory.manifest.unlink()
    assert audit(str(changes), LATER)["changes"][CONFIRMED]["state"] == "altered"


def test_two_chains_are_odd_and_not_broken(changes, change):
    directory = change(UNDER_WAY)
    finish(directory, LATER)
    write_json(directory.manifest, {**manifest_of(directory), "previous": manifest_of(change(CONFIRMED))["previous"]})
    found = audit(str(changes), LATER)
    assert found["broken"] == []
    assert len(found["warnings"]) == 1
    assert f"{CONFIRMED} (revision 1) and {UNDER_WAY} (revision 1) all follow" in found["warnings"][0]


def test_changes_that_end_in_the_same_second_and_at_once_make_one_chain(tmp_path):
    samples = []
    for number in range(6):
        sample = sample_changes.Sample(tmp_path, f"CHG-{number}", sample_changes.proxies(2))
        sample.planned()
        samples.append(sample)
    threads = [threading.Thread(target=finish, args=(sample.directory, LATER)) for sample in samples]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = audit(str(tmp_path), LATER)
    assert (found["passed"], found["warnings"]) == (True, [])
    assert len(found["chain"]) == 6


def test_a_clock_that_went_back_does_not_split_the_chain(changes, change):
    finish(change(UNDER_WAY), sample_changes.BEGIN - MORE)
    assert manifest_of(change(UNDER_WAY))["previous"]["change"] == CONFIRMED
    assert audit(str(changes), LATER)["passed"] is True


def test_a_file_beside_the_changes_is_told_and_a_missing_directory_refused(changes):
    (changes / "notes.txt").write_text("x", encoding="utf-8")
    found = audit(str(changes), LATER)
    assert (found["passed"], len(found["warnings"])) == (True, 1)
    with pytest.raises(ChangeError, match="allowlist_change_dir"):
        audit(str(changes / "nowhere"), LATER)
