# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""pac_file and feed_file: one list in one file, from its first line to its removal, and what goes wrong on the way."""

from __future__ import annotations

import functools
import http.server
import os
import stat
import threading
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._one_file.appliance import OneFile
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ReconcileError

from .conftest import Written

PREDICTED = ("before", "after", "running", "difference")


@pytest.fixture()
def url(written: Written) -> t.Iterator[str]:
    """Where the file is served."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_arguments: t.Any) -> None:
            """Say nothing."""

    handler = functools.partial(Quiet, directory=str(written.path.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/list"
        server.shutdown()
        thread.join()


def test_from_the_first_line_to_the_removal(written: Written) -> None:
    created = written.present("a.example", "*.b.example", diff=True)
    assert created["changed"] is True
    assert created["after"]["entries"] == created["difference"]["missing"]["count"] == 2
    assert "[Store]" in created["diff"][0]["after"]
    assert stat.S_IMODE(written.path.stat().st_mode) == 0o644
    before = written.snapshot()
    again = written.present("a.example", "*.b.example")
    assert (again["changed"], again["backup"]) == (False, None)
    assert written.snapshot() == before

    changed = written.present("a.example", "c.example")
    assert changed["difference"]["missing"]["by_service"].keys() == {"Store"}
    assert changed["difference"]["foreign"]["count"] == 1
    assert written.call(restore=changed["backup"])["changed"] is True
    assert written.present("a.example", "*.b.example")["changed"] is False

    assert written.call(state="absent")["changed"] is True
    assert not written.path.exists()
    assert written.call(state="absent")["changed"] is False
    assert [path.name for path in written.path.parent.iterdir()] == []


@pytest.mark.parametrize("step", ["create", "change", "remove", "mend"])
def test_check_mode_writes_nothing_and_predicts_exactly(written: Written, step: str) -> None:
    if step != "create":
        written.present("a.example", "c.example")
    if step == "mend":
        written.path.write_text(written.path.read_text().replace("c.example", "foreign.example"))

    def change(check: bool) -> dict[str, t.Any]:
        if step == "remove":
            return written.call(state="absent", check=check, diff=True)
        names = ("a.example", "c.example") if step == "mend" else ("a.example", "b.example")
        return written.present(*names, check=check, diff=True)

    before = written.snapshot()
    predicted = change(check=True)
    assert written.snapshot() == before
    done = change(check=False)
    assert predicted["changed"] is done["changed"] is True
    assert {key: predicted[key] for key in (*PREDICTED, "diff")} == {key: done[key] for key in (*PREDICTED, "diff")}
    assert change(check=True)["changed"] is False


def test_an_edit_by_hand_is_drift_and_is_told(written: Written) -> None:
    written.present("a.example", "c.example")
    written.path.write_text(written.path.read_text().replace("c.example", "foreign.example"))
    found = written.present("a.example", "c.example", check=True)["difference"]
    assert [found[side]["count"] for side in ("missing", "foreign")] == [1, 1]
    assert "c.example" in found["missing"]["by_service"]["Store"][0]
    assert found["foreign"]["by_service"] == {"(no service)": ["foreign.example"]}
    assert written.present("a.example", "c.example")["changed"] is True


def test_what_is_served_is_what_runs(written: Written, url: str) -> None:
    assert written.info(url=url)["running"]["state"] == "none"
    result = written.present("a.example", url=url)
    assert result["running"] == {"state": "running", "digest": result["after"]["digest"]}
    assert written.info(url=url)["in_step"] is True
    assert written.info()["running"]["state"] == "unknown"
    predicted = written.present("b.example", url=url, check=True)
    assert predicted["running"]["digest"] == predicted["after"]["digest"]


def test_an_address_that_serves_something_else_is_told_and_the_old_list_put_back(written: Written, url: str) -> None:
    written.present("a.example")
    (written.path.parent / "other").write_text("something else")
    with pytest.raises(ReconcileError, match=r"after 0\.3 s .* serves .*is stored again, but"):
        written.present("b.example", url=url.replace("/list", "/other"), activation_timeout=0.3)
    assert written.present("a.example")["changed"] is False


@pytest.mark.parametrize("step", ["stage", "save", "activate", "validate"])
def test_a_run_that_dies_leaves_the_old_list_or_the_new_one(
    written: Written, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = written.present("a.example")["after"]["digest"]
    original = getattr(OneFile, step)
    for when in ("before", "after"):
        child = os.fork()
        if child == 0:

            def dying(*arguments: t.Any, when: str = when) -> None:
                if when == "after":
                    original(*arguments)
                os.kill(os.getpid(), 9)

            monkeypatch.setattr(OneFile, step, dying)
            written.present("b.example")
            os._exit(0)
        assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
        digest = written.info()["stored"]["digest"]
        new = written.present("b.example")["after"]["digest"]
        assert digest in (old, new)
        assert [path.name for path in written.path.parent.iterdir()] == ["list"]
        written.present("a.example")


def test_a_full_disk_changes_nothing(written: Written, small_disk: Path) -> None:
    written.folder = small_disk
    written.path.parent.mkdir()
    old = written.present("a.example")["after"]["digest"]
    many = [f"name-{number}.of-a-long-domain.example" for number in range(4000)]
    with pytest.raises(ReconcileError, match=r"No space left on device.*Nothing was changed"):
        written.present(*many)
    assert written.info()["stored"]["digest"] == old
    assert written.present("b.example")["changed"] is True


def test_a_directory_that_is_not_there_is_foretold(written: Written) -> None:
    os.rmdir(written.path.parent)
    for check in (True, False):
        with pytest.raises(ReconcileError, match="Nothing was changed"):
            written.present("a.example", check=check)


def test_two_at_once_do_not_mix(written: Written) -> None:
    written.present("a.example")
    with (written.backups / ".lock").open("r+") as lock:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ReconcileError, match="Another run is changing"):
            written.present("b.example")
    assert written.present("b.example")["changed"] is True


def test_what_nobody_confirms_is_taken_back(written: Written) -> None:
    old = written.present("a.example")["after"]["digest"]
    written.present("b.example", confirm_within=1)
    deadline = time.monotonic() + 10
    while written.info()["guard"]["state"] != "fired" and time.monotonic() < deadline:
        time.sleep(0.1)
    assert written.info()["stored"]["digest"] == old
    written.present("b.example", confirm_within=60)
    assert written.call(state="confirmed")["changed"] is True
    assert written.info()["guard"] is None


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("path", "relative"),
        ("path", "/"),
        ("path", "/etc/../x"),
        ("path", "/x\n"),
        ("mode", "888"),
        ("mode", "u+x"),
        ("name", "../x"),
        ("name", ""),
        ("backup_dir", "/x\0"),
        ("url", "ftp://x/y"),
        ("url", "http://x/y\r\nHost: z"),
        ("url", "file:///etc/passwd"),
        ("activation_timeout", 0),
        ("activation_timeout", float("nan")),
    ],
)
def test_an_option_that_is_not_what_it_claims_is_refused_by_name(written: Written, option: str, value: t.Any) -> None:
    before = written.snapshot()
    with pytest.raises(ReconcileError, match=f"{option}: .*Nothing was changed"):
        written.present("a.example", **{option: value})
    assert written.snapshot() == before


def test_ten_back_ups_are_kept_for_us_alone(written: Written) -> None:
    for number in range(13):
        written.present(f"a{number}.example")
    backups = written.info()["backups"]
    assert len(backups) == 10
    assert {stat.S_IMODE(Path(path).stat().st_mode) for path in backups} == {0o600}


def test_the_latest_back_up_is_put_back_only_where_it_holds_what_is_wanted_back(written: Written) -> None:
    old = written.present("a.example")["after"]["digest"]
    new = written.present("b.example")["after"]["digest"]
    with pytest.raises(ReconcileError, match=f"The back-up latest holds {old}, and expect_after is none"):
        written.call(restore="latest", expect_before=[new], expect_after="none")
    assert written.call(restore="latest", expect_before=[new], expect_after=old)["changed"] is True


def test_one_that_has_moved_is_told_as_that_though_there_is_no_back_up(written: Written) -> None:
    with pytest.raises(ReconcileError, match=r"The appliance has moved: it holds none") as refused:
        written.call(restore="latest", expect_before=["b" * 64], expect_after="none")
    assert (refused.value.facts["moved"], refused.value.facts["before"]["digest"]) == (True, None)
    with pytest.raises(ReconcileError, match=r"There is no back-up in .* Nothing was changed"):
        written.call(restore="latest", expect_before=["none"], expect_after="none")
