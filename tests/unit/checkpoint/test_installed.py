# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said to run: over whatever history of edits, publications and installations, never what does not run."""

from __future__ import annotations

import itertools
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.answers import Target
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.installed import (
    NEVER,
    OLDER,
    RUNS,
    UNKNOWN,
    Fact,
    Ran,
    keep_facts,
    ran,
    read_facts,
    tidy_facts,
)
from hypothesis import given, settings
from hypothesis import strategies as st


def one(
    revisions: tuple[int, ...] | None, modified: int | None, facts: list[Fact] | None = None, newest: int = 99
) -> Ran:
    (found,), _learnt = ran([Target("gw", revisions)], "now", modified, facts or [], lambda: newest)
    return found


def test_what_was_modified_after_the_revision_is_not_in_it() -> None:
    assert one((5,), 6) == Ran("gw", OLDER)
    assert one((5,), 6, [Fact("before", 2, 5)]) == Ran("gw", OLDER, "before")
    assert one((5,), 6, [Fact("before", 2, 4)]) == Ran("gw", OLDER)


def test_what_was_modified_before_the_revision_may_be_in_it() -> None:
    assert one((7,), 6) == Ran("gw", UNKNOWN)
    assert one((7,), 6, newest=7) == Ran("gw", RUNS, "now")
    assert one((7,), 6, [Fact("now", 6, 7)]) == Ran("gw", RUNS, "now")
    assert one((8,), 6, [Fact("now", 6, 7)]) == Ran("gw", RUNS, "now"), "nobody has modified it since"
    assert one((7,), 6, [Fact("now", 6, 8)]) == Ran("gw", UNKNOWN)
    assert one((8,), 6, [Fact("now", 5, 7)]) == Ran("gw", UNKNOWN), "that was of another modification"


def test_a_list_that_came_back_before_anything_was_installed_runs() -> None:
    facts = [Fact("now", 2, 5)]
    assert one((5,), 9, facts) == Ran("gw", RUNS, "now")
    # That it runs the list of that modification is not learnt: a revision of 7 may have another list.
    assert ran([Target("gw", (5,))], "now", 9, facts, lambda: 10)[1] == [Fact("now", None, 5)]


def test_a_cluster_runs_what_all_of_its_members_run() -> None:
    assert one((7, 7), 6, newest=7) == Ran("gw", RUNS, "now")
    assert one((5, 7), 6, newest=7) == Ran("gw", OLDER)
    assert one((7, 8), 6, newest=8) == Ran("gw", UNKNOWN)
    assert one((), 6) == Ran("gw", NEVER)
    assert one(None, 6) == Ran("gw", UNKNOWN)


def test_the_server_is_asked_once_at_most_and_only_where_it_decides() -> None:
    asked: list[int] = []

    def newest() -> int:
        asked.append(1)
        return 9

    targets = [Target("a", (7,)), Target("b", (9,)), Target("c", (5,))]
    found, learnt = ran(targets, "now", 6, [], newest)
    assert [state for _name, state, _digest in found] == [UNKNOWN, RUNS, OLDER] and asked == [1]
    assert learnt == [Fact("now", 6, 9)]
    ran(targets, "now", 6, [Fact("now", 6, 5)], newest)
    assert asked == [1]


class World:
    """One object, two gateways, and time. Edits are pending until they are published; an installation takes what is
    published. We know what we learn when we install, and what ran then."""

    def __init__(self) -> None:
        self.now = 0
        self.published: tuple[str | None, int | None] = (None, None)
        self.pending: tuple[str | None, int] | None = None
        self.revisions: list[tuple[int, str | None]] = [(0, None)]
        self.installed = [0, 0]
        self.facts: list[Fact] = []

    def step(self, what: str) -> None:
        self.now += 1
        if what == "edit":
            self.pending = (f"list of {self.now}", self.now)
        elif what == "edit back":
            self.pending = ("the same list", self.now)
        elif what == "publish" and self.pending is not None:
            self._publish(*self.pending)
        elif what == "somebody removes it":
            self._publish(None, None)
        elif what == "publish something else":
            self.revisions.append((self.now, self.published[0]))
        elif what == "somebody installs":
            self.installed = [len(self.revisions) - 1] * 2
        elif what == "somebody installs on one":
            self.installed[0] = len(self.revisions) - 1
        elif what == "we set, publish and install":
            self._ours(f"ours of {self.now}")
        elif what == "we set the same list, publish and install":
            self._ours("the same list")
        elif what == "we remove it, publish and install":
            self._ours(None)
        elif what == "we set and publish, and nothing is installed":
            self._ours(f"ours of {self.now}", installs=False)

    def _publish(self, wanted: str | None, modified: int | None) -> None:
        self.published, self.pending = (wanted, modified), None
        self.revisions.append((self.now, wanted))

    def _ours(self, wanted: str | None, installs: bool = True) -> None:
        self.facts = [*self.look()[1], *self.facts]
        modified = None if wanted is None else self.now
        self.now += 1
        self._publish(wanted, modified)
        if installs:
            self.installed = [len(self.revisions) - 1] * 2
            self.facts.insert(0, Fact(wanted, modified, self.now))

    def look(self) -> tuple[list[Ran], list[Fact]]:
        targets = [Target(f"gw-{place}", (self.revisions[runs][0],)) for place, runs in enumerate(self.installed)]
        return ran(targets, *self.published, self.facts, lambda: self.revisions[-1][0])


STEPS = [
    "edit",
    "edit back",
    "publish",
    "publish something else",
    "somebody removes it",
    "somebody installs",
    "somebody installs on one",
    "we set, publish and install",
    "we set the same list, publish and install",
    "we set and publish, and nothing is installed",
    "we remove it, publish and install",
]


@settings(max_examples=2000, derandomize=True, database=None, deadline=None)
@given(st.lists(st.sampled_from(STEPS), min_size=1, max_size=14))
def test_whatever_happened_what_is_said_is_true(steps: list[str]) -> None:
    world = World()
    for step in steps:
        world.step(step)
        for said, runs in zip(world.look()[0], world.installed, strict=True):
            truth = world.revisions[runs][1]
            if said.state == RUNS:
                assert said.digest == truth == world.published[0], steps
            elif said.state == OLDER:
                assert said.digest in (truth, None), steps
                assert truth != world.published[0] or truth == "the same list", steps


def test_every_word_is_said_in_some_history() -> None:
    seen: set[tuple[str, bool]] = set()
    for steps in itertools.product(STEPS, repeat=3):
        world = World()
        for step in ("we set, publish and install", *steps):
            world.step(step)
        seen |= {(said.state, said.digest is not None) for said in world.look()[0]}
    assert seen >= {(RUNS, True), (RUNS, False), (OLDER, True), (OLDER, False), (UNKNOWN, False)}


def test_what_is_known_is_kept_the_latest_first_and_not_for_ever(tmp_path: Path) -> None:
    for number in range(120):
        keep_facts(str(tmp_path), [Fact(f"{number}", number, number)])
    assert [fact.revision for fact in read_facts(str(tmp_path))] == list(range(119, 19, -1))
    (tmp_path / ".installed.0123abcd").write_text("half", encoding="utf-8")
    tidy_facts(str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [".installed"]
    assert (tmp_path / ".installed").stat().st_mode & 0o777 == 0o600
