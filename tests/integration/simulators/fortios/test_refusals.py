# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run refuses to do, and that it then did nothing: others' work, devices that cannot, tokens that may not."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError, Wanted
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, EndpointError

from lab.simulators.faults import Fault, FaultScript
from lab.simulators.fortios import Admin
from lab.simulators.fortios.store import Transaction, Vdom
from lab.simulators.server import Reply, Request
from tests.integration.simulators.fortios.target import TOKEN, FortiTarget
from tests.integration.simulators.fortios.test_life_cycle import BOTH, FEED, FILTER, device
from tests.integration.simulators.target import Refused


def refused(target: FortiTarget, *names: str, check: bool = False, **options: t.Any) -> str:
    """Return what a run says that has to refuse, and has to leave the device as it was."""
    before = device(target)
    with pytest.raises(Refused) as raised:
        target.present(*names, check=check, **options)
    assert device(target) == before
    message = str(raised.value)
    assert TOKEN not in message
    assert message.endswith("Nothing was changed.")
    return message


def in_the_middle(target: FortiTarget, at: str, what: t.Callable[[], None]) -> None:
    """Have somebody do something on the device right after the first request like `at` was answered."""
    simulator, original = target.simulator, target.simulator.handle

    def handle(request: Request) -> Reply:
        reply = original(request)
        if f"{request.method} {request.path}?{request.query.get('action', '')}".startswith(at):
            simulator.handle = original
            what()
        return reply

    simulator.handle = handle


def meanwhile(target: FortiTarget, monkeypatch: pytest.MonkeyPatch, at: str, what: t.Callable[[], None]) -> None:
    """Have somebody else run, as long as it takes, right after the next run of `target` got an answer like `at`."""
    make = target.make

    def make_watched(params: t.Mapping[str, t.Any], progress: t.Any) -> t.Any:
        monkeypatch.setattr(target, "make", make)
        appliance = make(params, progress)
        ask = appliance.client.ask

        def ask_watched(method: str, path: str, *more: t.Any, **options: t.Any) -> t.Any:
            reply = ask(method, path, *more, **options)
            if f"{method} {path}".startswith(at):
                monkeypatch.setattr(appliance.client, "ask", ask)
                what()
            return reply

        monkeypatch.setattr(appliance.client, "ask", ask_watched)
        return appliance

    monkeypatch.setattr(target, "make", make_watched)


# -- others' objects ---------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize("check", [False, True])
def test_an_object_of_others_is_refused_and_can_be_handed_over(target: FortiTarget, check: bool) -> None:
    place = {"table_id": 1, "feed": "others"}
    message = refused(target, "a.example", check=check, **place)
    assert "is not this list's: its comment is empty" in message
    assert "write 'managed_desktop.network list managed_desktop' into the comment" in message
    target.vdom.tables["webfilter/urlfilter"]["1"]["comment"] = "managed_desktop.network list managed_desktop"
    target.vdom.tables["system/external-resource"]["others"].update(
        comments="managed_desktop.network list managed_desktop", type="domain"
    )
    assert target.present("a.example", **place)["changed"] is True


@FEED
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("update-method", "feed", "is fetched from somewhere"),
        ("type", "category", "is of type category, and feed_type"),
    ],
)
def test_a_feed_of_another_kind_is_refused(target: FortiTarget, field: str, value: str, said: str) -> None:
    target.present("a.example")
    target.vdom.tables["system/external-resource"]["managed_desktop"][field] = value
    assert said in refused(target, "b.example")


@FEED
def test_a_feed_that_is_to_be_made_needs_a_category_that_is_free(target: FortiTarget) -> None:
    assert "to make it a category is needed" in refused(target, "a.example", category=None)
    assert "to make it a category is needed" in refused(target, "a.example", check=True, category=None)
    for check in (True, False):
        message = refused(target, "a.example", check=check, category=200)
        assert "category: 200 is that of the external resource 'others'" in message
    assert target.present("a.example", category=201)["changed"] is True
    assert target.present("b.example", category=200)["changed"] is True  # it is there, and keeps its own


@BOTH
def test_an_object_in_use_is_not_removed(target: FortiTarget) -> None:
    target.present("a.example")
    target.vdom.used |= {("webfilter/urlfilter", "7"), ("system/external-resource", "managed_desktop")}
    with pytest.raises(Refused, match="in use"):
        target.absent()
    assert target.running() == target.entries("a.example")
    assert target.leftovers() == []


# -- others at work ----------------------------------------------------------------------------------------------


@FILTER
def test_a_table_that_anothers_transaction_holds_is_refused_in_the_devices_words(target: FortiTarget) -> None:
    target.present("a.example")
    place = ("webfilter/urlfilter", "7")
    target.vdom.transactions[500] = Transaction("another", 60, 1e12, {place: {"id": 7, "name": "pending"}})
    message = refused(target, "b.example")
    assert "currently being configured in another transaction (id=500, another)" in message


@BOTH
def test_a_change_by_others_between_reading_and_writing_is_refused(target: FortiTarget) -> None:
    target.present("a.example", "b.example")

    def edit() -> None:
        if target.method == "push_feed":
            target.vdom.feeds["managed_desktop"] = ["others.example"]
        else:
            target.vdom.tables["webfilter/urlfilter"]["7"]["entries"].pop()

    edits = {
        "push_feed": "GET /api/v2/monitor/system/ha-peer",
        "url_filter": "POST /api/v2/cmdb?transaction-start",
    }
    in_the_middle(target, edits[target.method], edit)
    with pytest.raises(Refused, match="was changed by somebody else while this run"):
        target.present("c.example")
    assert target.running() == ({"others.example"} if target.method == "push_feed" else target.entries("a.example"))
    assert target.leftovers() == []


@BOTH
def test_a_change_by_others_after_ours_is_not_overwritten(target: FortiTarget) -> None:
    target.present("a.example", "b.example")

    def edit() -> None:
        if target.method == "push_feed":
            target.vdom.feeds["managed_desktop"] = ["others.example"]
        else:
            target.vdom.tables["webfilter/urlfilter"]["7"]["entries"][0]["url"] = "others.example"

    done = {
        "push_feed": "POST /api/v2/monitor/system/external-resource/dynamic",
        "url_filter": "POST /api/v2/cmdb?transaction-commit",
    }
    in_the_middle(target, done[target.method], edit)
    with pytest.raises(Refused, match=r"changed .*by somebody else since|Somebody else has changed"):
        target.present("c.example", activation_timeout=0.1)
    assert "others.example" in target.running()


@BOTH
def test_of_two_controllers_one_works_and_nothing_is_lost(target: FortiTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    target.present("a.example")
    other = type(target)(target.directory / "other")
    other.simulator = target.simulator
    second: list[str] = []

    def run_the_other() -> None:
        try:
            other.present("other.example", activation_timeout=0.1)
        except Refused as refusal:
            second.append(str(refusal))

    at = "PUT cmdb" if target.method == "url_filter" else "GET monitor/system/ha-peer"
    meanwhile(target, monkeypatch, at, run_the_other)
    first = ""
    try:
        target.present("first.example", activation_timeout=0.1)
    except Refused as refusal:
        first = str(refusal)
    assert bool(first) != bool(second), (first, second)
    assert target.running() == target.entries("other.example" if first else "first.example")
    assert target.leftovers() == []
    assert "another transaction" in second[0] if second else "by somebody else" in first


@BOTH
def test_two_runs_of_one_controller_wait_for_each_other(target: FortiTarget) -> None:
    target.present("a.example")
    with target.make(target.params(), lambda _text: None).lock():
        assert "Another run is changing this list" in refused(target, "b.example")


@FILTER
def test_a_commit_that_fails_leaves_the_old_table(target: FortiTarget) -> None:
    target.present("a.example")
    target.simulator.fail_commits = 1
    with pytest.raises(Refused, match=r"could not be committed and was aborted.*has been put back"):
        target.present("b.example")
    assert target.running() == target.entries("a.example")
    assert target.leftovers() == []


@FILTER
@pytest.mark.parametrize("version", [(7, 6, 4), (7, 2, 5)])
def test_a_transaction_that_a_crashed_run_left_is_ended_or_told(target: FortiTarget, version: t.Any) -> None:
    target.simulator.version = version
    target.present("a.example")
    crashed = target.make(target.params(), lambda _text: None)
    artefact = target.compiled("b.example")["proxy_7_6_3" if version > (7, 6, 3) else "proxy"]
    crashed.read()
    crashed.stage(Wanted(artefact.digest, artefact.content, artefact.provenance))
    assert target.leftovers() != []
    if version > (7, 4, 1):
        assert target.present("c.example")["changed"] is True
        assert target.leftovers() == []
        return
    with pytest.raises(Refused, match="A run of this list that did not end holds its object at the latest until"):
        target.present("c.example")
    for transaction in target.vdom.transactions.values():
        transaction.expires = 0
    assert target.present("c.example")["changed"] is True


@FILTER
def test_a_transaction_that_got_the_number_of_ours_is_left_alone(target: FortiTarget) -> None:
    target.present("a.example")
    appliance = target.make(target.params(), lambda _text: None)
    appliance.read()
    appliance.stage(Wanted(None))
    (number,) = (n for n, tx in target.vdom.transactions.items() if tx.owner == "automation")
    changes = target.vdom.transactions[number].changes
    changes.clear()
    changes["webfilter/profile", "strict"] = {"name": "strict", "comment": "by another play"}
    before = target.vdom.transactions[number]
    assert target.present("b.example")["changed"] is True
    assert target.vdom.transactions[number] is before


def another_play_begins(target: FortiTarget) -> Transaction:
    """Another play of our administrator begins a transaction and gets the number that has just become free."""
    number = min(set(range(1, 100)) - set(target.vdom.transactions))
    begun = Transaction(
        "automation", 60, 1e12, {("webfilter/profile", "strict"): {"name": "strict", "comment": "half"}}
    )
    target.vdom.transactions[number] = begun
    return begun


@FILTER
@pytest.mark.parametrize("version", [(7, 6, 4), (7, 2, 5)])
@pytest.mark.parametrize("fails", [True, False])
def test_a_transaction_that_got_our_number_in_mid_run_is_neither_committed_nor_aborted(
    target: FortiTarget, version: t.Any, fails: bool
) -> None:
    target.simulator.version = version
    target.vdom.tables["webfilter/urlfilter"]["1"].pop("include-subdomains")
    target.present("a.example")
    profile = dict(target.vdom.tables["webfilter/profile"]["strict"])
    theirs: list[Transaction] = []

    def meanwhile() -> None:
        theirs.append(another_play_begins(target))
        if not fails:
            target.vdom.tables["webfilter/urlfilter"]["7"]["entries"][0]["url"] = "others.example"

    target.simulator.fail_commits = int(fails)
    in_the_middle(target, "POST /api/v2/cmdb?transaction-commit", meanwhile)
    said = "could not be committed and was aborted.*has been put back" if fails else "by somebody else since"
    with pytest.raises(Refused, match=said):
        target.present("b.example")
    assert target.vdom.tables["webfilter/profile"]["strict"] == profile
    assert any(transaction is theirs[0] for transaction in target.vdom.transactions.values())
    assert target.running() == (target.entries("a.example") if fails else {"others.example"})


@FILTER
@pytest.mark.parametrize(("version", "ended"), [((7, 6, 4), True), ((7, 2, 5), False)])
def test_a_commit_that_the_device_did_not_do_is_tried_again_where_ours_is_seen_to_wait(
    target: FortiTarget, version: t.Any, ended: bool
) -> None:
    target.simulator.version = version
    target.vdom.tables["webfilter/urlfilter"]["1"].pop("include-subdomains")
    target.present("a.example")
    not_committed(target)
    if ended:
        assert target.present("b.example")["changed"] is True
        assert target.leftovers() == []
        return
    with pytest.raises(Refused, match="has been put back"):
        target.present("b.example")
    assert target.running() == target.entries("a.example")
    with pytest.raises(Refused, match="A run of this list that did not end holds its object at the latest until"):
        target.present("c.example")


def not_committed(target: FortiTarget) -> None:
    """Have the device answer the next commit with an error, and keep the transaction as it is."""
    original = target.simulator.handle

    def handle(request: Request) -> Reply:
        if request.query.get("action") != "transaction-commit":
            return original(request)
        target.simulator.handle = original
        return Reply.of_json({"status": "error", "error": -61}, 500)

    target.simulator.handle = handle


# -- devices that cannot -----------------------------------------------------------------------------------------


@FEED
def test_a_version_without_pushed_feeds_is_refused(target: FortiTarget) -> None:
    target.simulator.version = (7, 2, 0)
    assert "runs FortiOS 7.2.0, and pushed feeds came with 7.2.1" in refused(target, "a.example")


@FILTER
def test_a_version_without_transactions_is_refused(target: FortiTarget) -> None:
    target.simulator.version = (6, 2, 3)
    assert "runs FortiOS 6.2.3, and transactions came with 6.4.0" in refused(target, "a.example")


@FILTER
def test_a_mode_that_the_device_contradicts_is_refused(target: FortiTarget) -> None:
    target.vdom.tables["webfilter/profile"]["strict"]["feature-set"] = "flow"
    message = refused(target, "a.example", inspection_mode="proxy")
    assert "the profile strict uses URL filter table 7 and inspects in flow mode" in message


@BOTH
@pytest.mark.parametrize("check", [False, True])
def test_a_member_that_is_not_in_charge_is_refused(target: FortiTarget, check: bool) -> None:
    target.present("a.example")
    target.simulator.peers = [
        {"serial_no": target.simulator.serial, "hostname": "fw-b", "primary": False, "master": False},
        {"serial_no": "FGVM02TM00000002", "hostname": "fw-a", "primary": True, "master": True},
    ]
    assert "is a secondary member of its cluster, and 'fw-a' is in charge" in refused(target, "b.example", check=check)
    target.simulator.peers[0].update(primary=True, master=True)
    target.simulator.peers.pop()
    assert target.present("b.example")["changed"] is True


@FEED
def test_more_than_the_device_says_it_takes_is_refused(target: FortiTarget) -> None:
    target.present("a.example")
    target.simulator.accepted_limit = 3
    for check in (True, False):
        message = refused(target, "w.example", "x.example", "y.example", "z.example", check=check)
        assert "has 4 entries" in message
        assert "takes 3 entries and 32,000,000 bytes (its own figure)" in message


@FEED
@pytest.mark.parametrize(
    ("version", "feed_type", "most"),
    [
        ((7, 4, 3), "domain", 131_072),
        ((7, 4, 4), "domain", 300_000),
        ((7, 6, 3), "domain", 1_000_000),
        ((7, 6, 3), "category", 150_000),
    ],
)
def test_the_vendors_figures_count_where_the_device_says_none(
    target: FortiTarget, version: t.Any, feed_type: str, most: int
) -> None:
    target.simulator.version = version
    appliance = target.make(target.params(feed_type=feed_type), lambda _text: None)
    appliance.read()
    fits = {"type": feed_type, "status": "enable", "entries": ["a.example"] * most}
    appliance.refuse_unfit(Wanted("digest", fits))
    fits["entries"] = [*fits["entries"], "b.example"]
    with pytest.raises(ApplianceError, match=f"takes {most:,} entries"):
        appliance.refuse_unfit(Wanted("digest", fits))


@FEED
def test_a_device_that_leaves_out_entries_gets_the_old_list_back(target: FortiTarget) -> None:
    target.present("a.example")
    target.simulator.version = (7, 4, 3)  # its limit is the vendor's figure, so that its own is not asked
    target.simulator.accepted_limit = 2
    with pytest.raises(Refused, match=r"more entries than it takes, and left out the rest.*has been put back"):
        target.present("x.example", "y.example", "z.example")
    assert target.running() == {"a.example"}


@FEED
def test_a_feed_that_was_switched_off_stays_off_with_its_old_list_where_the_push_fails(target: FortiTarget) -> None:
    target.present("a.example")
    feed = target.vdom.tables["system/external-resource"]["managed_desktop"]
    feed["status"] = "disable"
    original = target.simulator.handle

    def handle(request: Request) -> Reply:
        if request.path.endswith("/dynamic"):
            return Reply.of_json({"status": "error", "error": -651}, 500)
        return original(request)

    target.simulator.handle = handle
    with pytest.raises(Refused) as raised:
        target.present("b.example")
    assert "the input is not valid" in str(raised.value)
    assert "omebody else" not in str(raised.value)
    assert (target.running(), feed["status"]) == ({"a.example"}, "disable")


@FEED
@pytest.mark.parametrize("kind", [Fault.ERROR, Fault.ERROR_AFTER])
@pytest.mark.parametrize("forever", [False, True])
def test_no_fault_switches_on_the_list_that_was_switched_off(target: FortiTarget, kind: Fault, forever: bool) -> None:
    table = target.vdom.tables["system/external-resource"]
    for at in range(1, 100):
        target.present("a.example")
        table["managed_desktop"]["status"] = "disable"
        target.simulator.script = FaultScript(kind, at, forever)
        said = ""
        try:
            target.present("b.example", timeout=0.5)
        except Refused as refusal:
            said = str(refusal)
        seen, target.simulator.script = target.simulator.script.seen, FaultScript()
        found = (target.running(), table["managed_desktop"]["status"])
        assert found != ({"a.example"}, "enable"), (at, said)
        assert "omebody else" not in said
        if not forever:
            assert found == (({"a.example"}, "disable") if said else ({"b.example"}, "enable")), (at, said)
        if seen < at:
            return
    raise AssertionError("a run has fewer requests")


@FEED
def test_a_device_that_lies_about_its_feeds_is_not_written_to(target: FortiTarget) -> None:
    original = target.simulator.handle

    def handle(request: Request) -> Reply:
        asked = request.query.get("format")
        return Reply.of_json({"status": "success", "results": {}}) if asked == "name|category" else original(request)

    target.simulator.handle = handle
    assert "shows of its external resources what is no list" in refused(target, "a.example")


@FILTER
def test_more_than_a_table_takes_is_refused_in_the_devices_words(target: FortiTarget) -> None:
    target.present("a.example")
    target.vdom.most_entries = 2
    assert "maximum number of entries has been reached" in refused(target, "x.example", "y.example", "z.example")


# -- who may not -------------------------------------------------------------------------------------------------


@BOTH
def test_a_token_that_is_wrong_or_may_only_read_is_told(target: FortiTarget) -> None:
    target.present("a.example")
    with pytest.raises(Refused, match="does not accept the access token") as raised:
        target.present("b.example", access_token="s3cret-of-nobody")
    assert "s3cret" not in str(raised.value)
    target.simulator.admins[TOKEN] = Admin("automation", writes=False)
    assert target.present("b.example", check=True)["changed"] is True
    assert "the token's administrator may not" in refusal_of(target, "b.example")
    assert target.running() == target.entries("a.example")
    target.simulator.admins[TOKEN] = Admin("automation", vdoms=("elsewhere",))
    assert "the token's administrator may not" in refusal_of(target, "b.example")


def refusal_of(target: FortiTarget, *names: str) -> str:
    with pytest.raises(Refused) as raised:
        target.present(*names)
    assert TOKEN not in str(raised.value)
    return str(raised.value)


@BOTH
def test_a_token_that_expires_in_mid_run_leaves_one_of_the_two_lists(target: FortiTarget) -> None:
    target.present("a.example")
    target.simulator.requests.clear()
    target.present("b.example")
    last = len(target.simulator.requests)
    lists = (target.entries("a.example"), target.entries("b.example"))
    for left in range(last):
        target.simulator.admins[TOKEN] = Admin("automation")
        target.present("a.example")
        target.simulator.admins[TOKEN] = Admin("automation", left=left)
        assert "does not accept the access token" in refusal_of(target, "b.example")
        assert target.running() in lists
        target.simulator.admins[TOKEN] = Admin("automation")
        target.present("b.example")
        assert target.leftovers() == []


@BOTH
def test_a_virtual_domain_is_the_one_that_was_named(target: FortiTarget) -> None:
    target.simulator.vdoms["staff"] = Vdom()
    target.simulator.admins[TOKEN] = Admin("automation", vdoms=("root", "staff"))
    assert target.present("a.example", vdom="staff")["changed"] is True
    assert target.running() == frozenset()
    assert target.present("a.example", vdom="staff")["changed"] is False
    assert target.present("a.example")["changed"] is True


# -- what does not fit -------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("access_token", "a\nb", "access_token: it is empty"),
        ("vdom", "root&x=1", "vdom: 'root&x=1' is no name"),
        ("feed", "a/../b", "feed: 'a/../b' is no name"),
        ("table_id", 0, "table_id: method url_filter needs"),
        ("category", 191, "category: 191 is not between"),
        ("transaction_timeout", 1, "transaction_timeout: 1 is not from"),
        ("host", "a b", "host: 'a b' is neither"),
    ],
)
def test_an_option_that_does_not_fit_is_refused(target: FortiTarget, option: str, value: t.Any, said: str) -> None:
    if (option, target.method) in (("feed", "url_filter"), ("table_id", "push_feed")):
        return
    assert said in refused(target, "a.example", **{option: value})
    assert target.simulator.requests == []


@pytest.mark.parametrize(
    "name",
    ["a.example\nb.example", 'a.example"', "a.example;x", "a.example/x", "a b.example", "http://a.example", "(a).x"],
)
def test_a_hostile_name_never_becomes_an_endpoint(name: str) -> None:
    with pytest.raises(EndpointError):
        Endpoint.from_dict({"host": name})


@BOTH
@pytest.mark.parametrize("url", ["a b.example", "a.example\nx", "ä.example", "", "x" * 600, 7, None])
def test_a_back_up_that_was_tampered_with_reaches_no_device(target: FortiTarget, url: t.Any) -> None:
    target.present("a.example")
    appliance = target.make(target.params(), lambda _text: None)
    content = dict(next(iter(target.compiled("a.example").values())).content)
    entry = content["entries"][0]
    content["entries"] = [{**entry, "url": url} if isinstance(entry, dict) else url]
    with pytest.raises(ApplianceError):
        appliance.checked_content(content)
