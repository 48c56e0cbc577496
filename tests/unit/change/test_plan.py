# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import plan as plans
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
    file_name,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.frozen import thaw, thaw_endpoints
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.keeping import keep_plan
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.record import record_of

from .changes import PLATFORM, WISH, applied, begin, digest, planned, step, told

FLEET = ["fw1", "fw2", "fw3", "fw4"]


def everything(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_same_intent_gives_the_same_bytes(tmp_path: Path) -> None:
    planned(tmp_path, FLEET)
    first = everything(tmp_path)
    planned(tmp_path, FLEET)
    assert everything(tmp_path) == first
    assert json.loads(first["CHG-1/plan.json"])["batches"] == [["fw1"], ["fw2", "fw3"], ["fw4"]]


def test_a_list_is_kept_once_whoever_has_it_and_read_back_as_it_was(tmp_path: Path) -> None:
    directory = planned(tmp_path, FLEET)
    assert len(list(directory.lists.iterdir())) == 2
    plan, _digest = plans.read(directory)
    kept = plan["appliances"]["fw1"]
    found = thaw({"file": str(directory.path / kept["list"]["file"]), "sha256": kept["list"]["sha256"]})
    assert found.digests == {"file": digest()}
    endpoints, editions = thaw_endpoints(
        {"file": str(directory.path / kept["endpoints"]["file"]), "sha256": kept["endpoints"]["sha256"]}
    )
    assert endpoints == [{"host": "a.example", "service": "Store"}]
    assert editions == plan["editions"]


def test_what_an_earlier_plan_left_goes(tmp_path: Path) -> None:
    planned(tmp_path, [*FLEET, "gone"])
    directory = planned(tmp_path, FLEET)
    (directory.lists / "squid_allowlist-0000.json").write_text("{}")
    (directory.path / "plan.json").unlink()
    planned(tmp_path, FLEET)
    assert not directory.planned("gone").exists()
    assert len(list(directory.lists.iterdir())) == 2


def test_the_list_by_which_breadth_was_judged_is_named_with_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = planned(tmp_path, FLEET)
    plan, _digest = plans.read(directory)
    assert re.fullmatch(r"publicsuffixlist [0-9][0-9.]*", plan["suffix_list"])
    assert plan["suffix_list"] in (directory.path / "plan.md").read_text()
    monkeypatch.setattr(plans, "list_version", lambda: "publicsuffixlist 99")
    assert plans.make(directory, FLEET, WISH) == {**plan, "suffix_list": "publicsuffixlist 99"}


@pytest.mark.parametrize("altered", [b"# Change CHG-1\n\nNothing would change.\n", None])
def test_the_page_that_the_board_reads_is_written_anew_where_it_is_not_that_of_the_plan(
    tmp_path: Path, altered: bytes | None
) -> None:
    directory = planned(tmp_path, FLEET)
    plan, _digest = plans.read(directory)
    page = directory.path / "plan.md"
    text = page.read_bytes()
    page.unlink()
    if altered is not None:
        page.write_bytes(altered)
    assert keep_plan(directory, plan)["changed"] is True
    assert page.read_bytes() == text
    assert keep_plan(directory, plan)["changed"] is False


def test_an_appliance_in_step_is_in_the_plan_and_in_no_batch(tmp_path: Path) -> None:
    directory = planned(tmp_path, ["fw1"])
    record = record_of({"change": "CHG-1", "change_dir": str(tmp_path), "ring": ""}, "fw2", PLATFORM)
    assert record is not None
    record.tell(told(directory, before=digest()))
    plan = plans.make(directory, ["fw1", "fw2"], WISH)
    assert plan["batches"] == [["fw1"]]
    assert plan["appliances"]["fw2"]["state"] == "in step"


def test_the_canary_is_the_ring_of_the_first_appliance_though_that_one_is_in_step(tmp_path: Path) -> None:
    rings = {"fw1": "pilot", "fw2": "broad", "fw3": "pilot"}
    directory = planned(tmp_path, list(rings), **rings)
    record = record_of({"change": "CHG-1", "change_dir": str(tmp_path), "ring": "pilot"}, "fw1", PLATFORM)
    assert record is not None
    record.tell(told(directory, before=digest()))
    assert plans.make(directory, list(rings), WISH)["batches"] == [["fw3"], ["fw2"]]


def test_what_appliances_have_alike_stands_once_and_is_told_of_each(tmp_path: Path) -> None:
    directory = planned(tmp_path, FLEET)
    record = record_of({"change": "CHG-1", "change_dir": str(tmp_path), "ring": ""}, "fw5", PLATFORM)
    assert record is not None
    other = told(directory)
    loss = {"host": "a.example", "result": "widened", "detail": "to its domain"}
    record.tell({**other, "losses": [loss], "warnings": ["It is old."]})
    plan = plans.make(directory, [*FLEET, "fw5"], WISH)
    assert (len(plan["differences"]), len(plan["judgements"])) == (1, 2)
    found = plans.appliances_of(plan)
    for name in (*FLEET, "fw5"):
        assert found[name]["added"] == other["difference"]["missing"]
        assert found[name]["removed"] == other["difference"]["foreign"]
        assert found[name]["running_before"] is True
        assert found[name]["losses"] == ([loss] if name == "fw5" else [])
        assert found[name]["warnings"] == (["It is old."] if name == "fw5" else [])


def test_another_appliance_of_a_fleet_costs_a_plan_less_than_a_thousand_bytes(tmp_path: Path) -> None:
    sizes = []
    for count in (20, 40):
        directory = ChangeDirectory.of(str(tmp_path / str(count)), "CHG-1")
        names = [f"fw{number:02}" for number in range(count)]
        content = {"count": 500, "by_service": {"Store": [f"{place}.example" for place in range(500)]}}
        side = {**content, "truncated": False}
        for name in names:
            options = {"change": directory.id, "change_dir": str(directory.root), "ring": ""}
            record = record_of(options, name, PLATFORM)
            assert record is not None
            result = told(directory)
            record.tell({**result, "difference": {**result["difference"], "missing": side}})
        keep_plan(directory, plans.make(directory, names, WISH))
        sizes.append(directory.plan.stat().st_size)
    assert (sizes[1] - sizes[0]) / 20 < 1000


def test_what_is_not_known_is_no_plan_and_is_named(tmp_path: Path) -> None:
    directory = planned(tmp_path, ["fw1"])
    record = record_of({"change": "CHG-1", "change_dir": str(tmp_path), "ring": ""}, "fw2", PLATFORM)
    assert record is not None
    record.tell({"failed": True, "msg": "No route to host."})
    with pytest.raises(ChangeError) as raised:
        plans.make(directory, ["fw1", "fw2", "fw3"], WISH)
    said = str(raised.value)
    assert said.startswith("2 of 3 appliances are not known")
    assert "  fw2: No route to host." in said
    assert "  fw3: it could not be reached" in said


def test_an_appliance_that_cannot_be_reached_does_not_look_like_the_last_time(tmp_path: Path) -> None:
    directory = planned(tmp_path, ["fw1"])
    record = record_of({"change": "CHG-1", "change_dir": str(tmp_path), "ring": ""}, "fw1", PLATFORM)
    assert record is not None
    record.begin()
    with pytest.raises(ChangeError, match="could not be reached"):
        plans.make(directory, ["fw1"], WISH)


@pytest.mark.parametrize("name", ["fw1", "fw_1", "fw:1", ".fw", "fw_5f_1"])
def test_a_change_that_has_begun_is_not_planned_again(tmp_path: Path, name: str) -> None:
    fleet = [name, *FLEET[1:]]
    directory = planned(tmp_path, fleet)
    begin(directory, fleet)
    keep_plan(directory, plans.make(directory, fleet, WISH))  # nothing has moved yet
    step(directory, name, "apply", applied())
    with pytest.raises(ChangeError, match=f"has begun: {re.escape(name)} is applied"):
        keep_plan(directory, plans.make(directory, fleet, WISH))


@pytest.mark.parametrize("id", ["", ".hidden", "a/b", "../x", "a b", "x" * 65, "a\n", "-x"])
def test_an_id_that_is_no_file_name_is_refused(tmp_path: Path, id: str) -> None:
    with pytest.raises(ChangeError, match="is no id of a change"):
        ChangeDirectory.of(str(tmp_path), id)


def test_no_two_hosts_share_a_file() -> None:
    hosts = ["fw.1", "fw_1", "fw/1", "fw_2f_1", "..", ".fw", "fw", "FW", "fw:1", "füw"]
    names = [file_name(host) for host in hosts]
    assert len(set(names)) == len(hosts)
    assert all("/" not in name and not name.startswith(".") for name in names)


@pytest.mark.parametrize("part", ["plan.json", "lists", "endpoints"])
def test_what_was_altered_since_is_found(tmp_path: Path, part: str) -> None:
    directory = planned(tmp_path, FLEET)
    plan, _digest = plans.read(directory)
    names = {
        "lists": plan["appliances"]["fw1"]["list"]["file"],
        "endpoints": plan["appliances"]["fw1"]["endpoints"]["file"],
    }
    path = directory.path / names.get(part, part)
    path.write_bytes(path.read_bytes().replace(b"a.example", b"b.example").replace(b"alice", b"mallory") + b"\n")
    with pytest.raises(ChangeError, match=r"was altered since|was written by hand"):
        begin(directory, FLEET)
    path.unlink()
    with pytest.raises(ChangeError, match=r"is gone|has no plan"):
        begin(directory, FLEET)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"null", b"[" * 100_000])
def test_a_damaged_plan_is_told(tmp_path: Path, content: bytes) -> None:
    directory = planned(tmp_path, FLEET)
    directory.plan.write_bytes(content)
    with pytest.raises(ChangeError, match="is damaged"):
        plans.read(directory)
