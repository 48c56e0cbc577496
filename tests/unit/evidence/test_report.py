# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import datetime
import hashlib
import html.parser
import json
import re

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import results
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import write_json
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.evidence import assemble
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.report import render
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.report_view import (
    counted,
    few,
    lasted,
    of,
)

from lab import sample_changes
from tests.unit.evidence.conftest import CONFIRMED, LATER, RESTORED, UNDER_WAY

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; drop table</td></tr></table>",
    "{{ 7 * 7 }}{% include 'x' %}",
    "</style><style>*{display:none}",
    "javascript:alert(1)",
    "\u202egpj.exe\u2066",
    "line\r\nbreak\x00\x1b[31m",
    "&lt;b&gt; &amp;",
    "\ud800",
    "x" * 400,
)


class Page(html.parser.HTMLParser):
    """The elements of a page, its text by their ids, and everything that would be fetched or run."""

    VOID = ("meta", "br", "link", "img", "input", "hr")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


def page_of(directory) -> Page:
    return Page(render(assemble(directory), "0" * 64))


@pytest.mark.parametrize("id", [RESTORED, CONFIRMED, UNDER_WAY])
def test_the_page_fetches_nothing_and_runs_nothing(change, id):
    text = render(assemble(change(id)), "0" * 64)
    page = Page(text)
    assert not {"script", "img", "link", "iframe", "object", "base", "form", "svg"} & set(page.tags)
    names = {name for name, _value in page.attributes}
    assert not {name for name in names if name.startswith("on")} | names & {"src", "style", "action", "srcset"}
    assert {value[0] for name, value in page.attributes if name == "href" and value} == {"#"}
    assert "url(" not in text
    assert "@import" not in text


def test_the_page_s_own_policy_lets_its_one_style_sheet_in_and_nothing_else(change):
    text = render(assemble(change(CONFIRMED)), "0" * 64)
    styles = re.findall(r"<style>(.*?)</style>", text, re.S)
    digest = base64.b64encode(hashlib.sha256(styles[0].encode()).digest()).decode()
    assert len(styles) == 1
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in text


def test_every_link_has_its_target(change):
    page = page_of(change(RESTORED))
    ids = {value for name, value in page.attributes if name == "id"}
    links = {value[1:] for name, value in page.attributes if name == "href" and value}
    labels = {value for name, value in page.attributes if name == "aria-labelledby"}
    assert len(links) >= 8
    assert links | labels <= ids


@pytest.mark.parametrize(
    ("id", "said"),
    [
        (
            CONFIRMED,
            ["Applied", "Of 5 appliances that the plan changes: 5 confirmed; 1 in step already.", "0 failures"],
        ),
        (RESTORED, ["Taken back", "5 waiting, 1 restored", "ajax.aspnetcdn.com:443 has to be let through", "failures"]),
        (UNDER_WAY, ["Under way", "1 confirmed", "applying"]),
    ],
)
def test_the_page_says_what_became_of_the_change(change, id, said):
    text = " ".join(page_of(change(id)).text.split())
    for words in said:
        assert words in text


def test_an_appliance_that_was_tried_twice_is_one_and_each_attempt_an_event_of_its_own(change):
    directory = change(UNDER_WAY)
    names = assemble(directory)["batches"][2]["appliances"]
    first, second = names[:2]
    at = LATER
    told = [
        (first, results.APPLYING, 0),
        (first, results.APPLYING, 300),  # the first run was killed
        (second, results.APPLYING, 300),
        (first, results.APPLIED, 301),
        (second, results.APPLIED, 302),
        (first, results.RESTORING, 310),
        (first, results.NOT_RESTORED, 311),
        (first, results.RESTORING, 600),
    ]
    for name, stage, minutes in told:
        results.advance(directory, name, stage, at + datetime.timedelta(minutes=minutes))
    found = [event for event in of(assemble(directory))["timeline"] if event["batch"] == 3]
    assert [(event["stage"], event["names"], event["from"] == event["to"]) for event in found] == [
        ("applying", [first], True),
        ("applying", [first, second], True),
        ("applied", [first, second], False),
        ("restoring", [first], True),
        ("not restored", [first], True),
        ("restoring", [first], True),
    ]
    assert f"applying batch 3 {first}" in " ".join(page_of(directory).text.split())


def test_everything_that_the_evidence_knows_stands_on_the_page(change):
    found = assemble(change(RESTORED))
    text = page_of(change(RESTORED)).text
    for name, item in found["appliances"].items():
        assert name in text
        assert all(step["at"][11:19] in text for step in item["history"])
    for kind in ("failures", "warnings"):
        assert all(item["text"] in text for item in found[kind])
    for loss in found["losses"]:
        assert loss["detail"] in text
        assert loss["accepted"] is None or loss["accepted"] in text
    for difference in found["differences"].values():
        for side in ("added", "removed"):
            assert all(entry in text for entries in difference[side]["by_service"].values() for entry in entries)
    for row in found["batches"][0]["seen"]["after"]["table"]:
        assert row["service"] in text
    assert found["planned"]["sha256"] in text
    assert found["approved"][0]["approver"] in text
    assert found["approved"][0]["sha256"] in text
    assert "not signed, or not verified" in text


def test_a_state_is_told_by_a_word_and_a_shape_and_never_by_its_colour_alone(change):
    text = render(assemble(change(RESTORED)), "0" * 64)
    pills = re.findall(
        r'<span class="pill \w+"><span class="glyph \w+" aria-hidden="true">(.)</span>([^<]+)</span>', text
    )
    assert {word for _shape, word in pills} >= {"restored", "waiting"}
    shapes = {word: shape for shape, word in pills}
    assert shapes["restored"] != shapes["waiting"]


@pytest.mark.parametrize("name", HOSTILE)
def test_foreign_text_stays_text(change, tmp_path, name):
    """In every place where somebody else's words come to stand."""
    found = json.loads(json.dumps(assemble(change(RESTORED))))
    _poison(found, name)
    text = render(found, "0" * 64)
    clean = render(assemble(change(RESTORED)), "0" * 64)
    page = Page(text)
    assert sorted(set(page.tags)) == sorted(set(Page(clean).tags))
    assert page.tags.count("style") == 1
    assert not {attribute for attribute, _value in page.attributes if attribute.startswith("on")}
    assert {value[0] for attribute, value in page.attributes if attribute == "href" and value} == {"#"}
    text.encode("utf-8")
    assert all(char.isprintable() or char == "\n" for char in text)
    shown = "".join(char if char.isprintable() or char == "\n" else ascii(char)[1:-1] for char in name)
    assert page.text.count(shown) > 30


def _poison(found, name):
    """Put a name into everything that comes from an inventory, a device, a catalogue or a person."""
    found.update(change=name, ticket=name)
    found["asked"].update(
        by=name, release=name, suffix_list=name, editions=[{"source": name, "edition": name, "status": name}]
    )
    for item in found["asked"]["lists"]:
        item.update(platform=name, file=name, services={name: 3}, appliances=[name, name])
    found["approved"][0].update(dict.fromkeys(("approver", "ticket", "not_before", "not_after", "at", "sha256"), name))
    for item in found["appliances"].values():
        item.update(
            platform=name, message=name, history=[{**step, "at": name, "message": name} for step in item["history"]]
        )
    for batch in found["batches"]:
        renamed = {old: f"{name}{place}" for place, old in enumerate(batch["appliances"])}
        found["appliances"].update({new: found["appliances"].pop(old) for old, new in renamed.items()})
        batch.update(appliances=list(renamed.values()), began=name, ended=name)
    _poison_seen(found["batches"][0]["seen"], name)
    for difference in found["differences"].values():
        for side in ("added", "removed"):
            difference[side].update(count=1, by_service={name: [name]}, truncated=True)
    for loss in found["losses"]:
        loss.update(dict.fromkeys({"host", "property", "detail", "accepted", "result"} & set(loss), name))
    for item in (*found["failures"], *found["warnings"]):
        item.update(text=name, concerns=[name])


def _poison_seen(seen, name):
    seen["hosts"] = [name]
    for when in ("before", "after"):
        side = seen[when]
        for row in side["table"]:
            row.update(service=name, hosts={name: next(iter(row["hosts"].values()))})
        side.update(not_run={name: name}, unprobed={name: [name]}, tls_floor={name: {"passed": False, "said": name}})
        for finding in side["failed"]:
            finding.update(target=name, remedy=name, test_hosts=[name])
    for item in seen["changed"]:
        item.update(targets=[name], test_hosts=[name])


def test_hostile_names_come_through_a_change_as_they_are(tmp_path):
    """From an inventory to the page, by the functions of a real run."""
    names = [name for name in HOSTILE if len(name) < 50 and "\x00" not in name and "\ud800" not in name]
    sample = sample_changes.Sample(tmp_path, "CHG-1", names)
    sample.planned()
    sample.approved(approver="</title><script>alert(1)</script>")
    sample.begun()
    batch = sample.applied(1, {names[0]: "<b>the device said</b>"})
    sample.judged(batch)
    sample.probed(1, "after", names[:2])
    sample.ended()
    page = Page(sample.directory.report.read_text(encoding="utf-8"))
    assert "script" not in page.tags
    assert "<b>the device said</b>" in page.text
    for name in names:
        assert "".join(char if char.isprintable() else ascii(char)[1:-1] for char in name) in page.text


def test_test_hosts_that_saw_the_same_stand_in_one_column_and_others_in_tables_that_fit(change):
    directory = change(CONFIRMED)
    told = json.loads(directory.probes(1, "after", "berlin-desk-1").read_bytes())
    for number in range(20):
        write_json(directory.probes(1, "after", f"desk-{number:02}"), told)
    for number in range(9):
        other = json.loads(json.dumps(told))
        for result in [result for result in other["results"] if not result.get("any_of")][: number + 1]:
            result["passed"] = False
        write_json(directory.probes(1, "after", f"odd-{number}"), other)
    text = render(assemble(directory), "0" * 64)
    assert "and 19 more" in text  # of those without a look before
    heads = re.findall(r'<table class="seen">\s*<thead>\s*<tr>(.*?)</tr>', text, re.S)
    assert max(head.count("<th ") for head in heads) <= 7
    assert sum(head.count("odd-") for head in heads) == 9


def test_a_remedy_stands_once_with_all_that_it_is_for(change):
    found = assemble(change(RESTORED))
    remedies = [finding["remedy"] for finding in found["batches"][0]["seen"]["after"]["failed"]]
    assert len(remedies) > 1
    text = render(found, "0" * 64)
    assert len(set(remedies)) == 1
    assert text.count(remedies[0]) == 1


def test_endpoints_of_the_inventory_are_no_edition(change):
    found = assemble(change(CONFIRMED))
    found["asked"]["editions"] = []
    assert "the endpoints that the inventory names" in Page(render(found, "0" * 64)).text


def test_a_change_with_nothing_to_do_is_a_page_too(tmp_path):
    sample = sample_changes.Sample(tmp_path, "CHG-1", ["a"])
    sample.planned(in_step=["a"])
    assert "None of 1 appliance had to be changed." in page_of(sample.directory).text


def test_a_change_whose_first_batch_stays_is_not_called_taken_back(change):
    directory = change(UNDER_WAY)
    for name in ("lisbon-proxy-1",):
        results.advance(directory, name, results.RESTORING, LATER)
        results.advance(directory, name, results.RESTORED, LATER)
    found = assemble(directory)
    assert found["outcome"] == "restored"
    assert "Taken back in part" in page_of(directory).text


@pytest.mark.parametrize(
    ("names", "total", "said"),
    [
        ([], 3, ""),
        (["a"], 1, "a"),
        (["a", "b"], 2, "all 2 appliances"),
        (["a", "b"], 3, "a, b"),
        (list("abcdefghij"), 0, "a, b, c, d, e, f, g, h and 2 more"),
    ],
)
def test_names_in_words(names, total, said):
    assert few(names, total) == said


@pytest.mark.parametrize(
    ("began", "ended", "said"),
    [
        ("2026-11-27T20:00:00Z", "2026-11-27T20:00:00Z", "under 1 s"),
        ("2026-11-27T20:00:00Z", "2026-11-27T20:01:05Z", "1 min 5 s"),
        ("2026-11-27T20:00:00Z", "2026-11-28T21:00:00Z", "25 h"),
        ("", None, ""),
        ("yesterday", "2026-11-28T21:00:00Z", ""),
    ],
)
def test_how_long_it_took_in_words(began, ended, said):
    assert lasted(began, ended) == said


@pytest.mark.parametrize(
    ("count", "noun", "said"),
    [(1, "loss", "1 loss"), (2, "loss", "2 losses"), (0, "entry", "0 entries"), (1200, "batch", "1,200 batches")],
)
def test_numbers_with_their_noun(count, noun, said):
    assert counted(count, noun) == said
