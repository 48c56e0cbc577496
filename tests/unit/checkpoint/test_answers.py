# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers are read where they are of the form of the API's reference, and told where they are not."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint import answers
from hypothesis import given, settings
from hypothesis import strategies as st

RECORDED = json.loads((Path(__file__).parent / "fixtures" / "recorded.json").read_text(encoding="utf-8"))
PARSERS: list[t.Callable[[t.Any], t.Any]] = [
    answers.site_of,
    answers.targets_of,
    answers.session_of,
    answers.page_of,
    answers.task_id_of,
    answers.tasks_of,
]
KEYS = sorted({key for data in RECORDED.values() for key in json.dumps(data).split('"')[1::2]})
values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**15) | st.text(max_size=5) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)


def test_an_application_site_as_a_server_showed_it() -> None:
    site = answers.site_of(RECORDED["show-application-site"])
    assert site.content == {"url-list": ["http://example.com"], "urls-defined-as-regular-expression": True}
    assert (site.modified, site.lock, site.holder, site.valid) == (1672357199341, "unlocked", "", True)
    assert answers.site_of(RECORDED["a site of the vendor's own"]).content["url-list"] == []


def test_the_targets_of_a_package_as_a_server_showed_them() -> None:
    targets = answers.targets_of(RECORDED["show-package"])
    assert targets == [
        answers.Target("gaia80.10", (1603722758612,)),
        answers.Target("cluster", (1603722758612, 1603722758613)),
        answers.Target("new", ()),
    ]
    told_nothing = {"installation-targets": [{"name": "gw", "uid": "1", "type": "simple-gateway"}]}
    assert answers.targets_of(told_nothing) == [answers.Target("gw", None)]
    assert answers.targets_of({"installation-targets": "all"}) == []


def test_a_session_as_a_server_showed_it() -> None:
    session = answers.session_of(RECORDED["session"])
    assert (session.administrator, session.changes, session.over, session.published) == ("another", 0, False, None)
    assert answers.session_of({**RECORDED["session"], "expired-session": True}).over


def test_a_task_says_what_failed_on_which_gateway() -> None:
    (task,) = answers.tasks_of(RECORDED["show-task"])
    assert (task.ended, task.succeeded, task.percent) == (True, False, 100)
    assert task.targets == [
        answers.TargetResult("gw-1", True, "Policy was installed"),
        answers.TargetResult("gw-2", False, "SIC failed"),
    ]
    (published,) = answers.tasks_of({"tasks": [{"status": "failed", "task-details": [{"fault-message": "Broken"}]}]})
    assert published.said == ["Broken"] and published.targets == []


@settings(max_examples=600, derandomize=True, database=None, deadline=None)
@given(values, st.sampled_from(PARSERS))
def test_anything_else_is_read_or_told(data: t.Any, parse: t.Callable[[t.Any], t.Any]) -> None:
    try:
        parse(data)
    except answers.Malformed as error:
        assert str(error)


@settings(max_examples=400, derandomize=True, database=None, deadline=None)
@given(st.sampled_from(sorted(RECORDED)), st.data())
def test_a_recorded_answer_with_something_else_in_it_is_read_or_told(name: str, data: st.DataObject) -> None:
    changed = json.loads(json.dumps(RECORDED[name]))
    place: t.Any = changed
    while isinstance(place, dict) and place:
        key = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[key], dict) or data.draw(st.booleans()):
            place[key] = data.draw(values)
            break
        place = place[key]
    for parse in PARSERS:
        try:
            parse(changed)
        except answers.Malformed:
            continue


@pytest.mark.parametrize("data", [None, [], 7, "x", {}])
@pytest.mark.parametrize("parse", PARSERS)
def test_what_lacks_everything_is_told(parse: t.Callable[[t.Any], t.Any], data: t.Any) -> None:
    if parse in (answers.page_of, answers.targets_of) and data == {}:
        return  # an empty page, and a package that names no target
    with pytest.raises(answers.Malformed):
        parse(data)
