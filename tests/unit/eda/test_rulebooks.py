# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rulebook of the collection may start: what looks and what fetches, and nothing that changes an appliance."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
RULEBOOKS = sorted((ROOT / "extensions" / "eda").rglob("*.y*ml"))
MAY_RUN = {"managed_desktop.network.update", "managed_desktop.network.plan"}
OF_A_SITE = re.compile(r"\{\{ eda_\w+_playbook \| default\('([\w.]+)'\) \}\}")
CHANGES = re.compile(r"\b(allowlist_)?(apply|restore|drift)\b")


def actions_of(text: str) -> list[dict[str, t.Any]]:
    """Return every action of a rulebook, by either of the two ways of writing them."""
    rules = [rule for ruleset in yaml.safe_load(text) for rule in ruleset["rules"]]
    return [action for rule in rules for action in [*rule.get("actions", []), *filter(None, [rule.get("action")])]]


def faults(text: str) -> list[str]:
    """Return what in a rulebook could change an appliance, or is not known not to."""
    without_comments = re.sub(r"(?m)(^|\s)#.*$", "", text)
    found = [f"names {match[0]}" for match in CHANGES.finditer(without_comments)]
    for action in actions_of(text):
        for kind, options in action.items():
            name = OF_A_SITE.sub(r"\1", str((options or {}).get("name")))
            if kind != "run_playbook" or name not in MAY_RUN:
                found.append(f"runs {kind} {name}")
    return found


def test_there_are_rulebooks() -> None:
    assert [path.name for path in RULEBOOKS] == ["edition_in_force.yml", "new_version.yml"]


@pytest.mark.parametrize("path", RULEBOOKS, ids=lambda path: path.stem)
def test_no_rulebook_changes_an_appliance(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", RULEBOOKS, ids=lambda path: path.stem)
def test_every_rulebook_ends_in_a_plan(path: Path) -> None:
    last = actions_of(path.read_text(encoding="utf-8"))[-1]
    assert OF_A_SITE.sub(r"\1", last["run_playbook"]["name"]) == "managed_desktop.network.plan"


@pytest.mark.parametrize(
    "action",
    [
        "action: {run_playbook: {name: managed_desktop.network.apply}}",
        "action: {run_playbook: {name: managed_desktop.network.drift, extra_vars: {allowlist_drift_correct: true}}}",
        "actions: [{run_playbook: {name: managed_desktop.network.plan}}, {run_playbook: {name: restore.yml}}]",
        "action: {run_playbook: {name: \"{{ eda_plan_playbook | default('managed_desktop.network.apply') }}\"}}",
        'action: {run_playbook: {name: "{{ event.catalogue.playbook }}"}}',
        "action: {run_job_template: {name: Apply the list, organization: Network}}",
        "action: {run_module: {name: managed_desktop.network.squid_allowlist}}",
        "action: {shutdown: }",
    ],
)
def test_an_action_that_could_change_one_is_found(action: str) -> None:
    assert faults(f"- name: x\n  rules:\n    - name: y\n      {action}\n") != []
