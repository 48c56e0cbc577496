# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shipped for AWX and Automation Controller: of the form that infra.aap_configuration reads, and true."""

from __future__ import annotations

import functools
import itertools
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.managed_desktop.network.plugins.plugin_utils import _variables

ROOT: t.Final = Path(__file__).resolve().parents[3]
SHIPPED: t.Final = ROOT / "extensions" / "controller"
BIN: t.Final = Path(sys.executable).parent

# What the roles controller_job_templates and controller_workflow_job_templates document, of what is used here.
TEMPLATE_KEYS: t.Final = {
    *("name", "description", "organization", "project", "playbook", "inventory", "credentials", "extra_vars"),
    *("execution_environment", "forks", "job_slice_count", "allow_simultaneous"),
    *("ask_limit_on_launch", "ask_variables_on_launch", "survey_enabled", "survey_spec"),
}
QUESTION_KEYS: t.Final = {
    *("question_name", "question_description", "variable", "type", "required", "min", "max", "choices", "default"),
}
WORKFLOW_KEYS: t.Final = {
    *("name", "description", "organization", "allow_simultaneous", "ask_variables_on_launch"),
    *("survey_enabled", "survey_spec", "simplified_workflow_nodes"),
}
NODE_KEYS: t.Final = {
    *("identifier", "unified_job_template", "limit", "extra_data", "approval_node"),
    *("all_parents_must_converge", "success_nodes"),
}
ASKED: t.Final = {
    "plan": {"allowlist_change", "allowlist_ticket", "allowlist_plan_step"},
    "apply": {"allowlist_change"},
    "restore": {"allowlist_change", "allowlist_restore_force"},
    "drift": {"allowlist_change", "allowlist_drift_correct"},
    "audit": set(),
    "verify": set(),
}
"""What a launcher may say to each playbook: nothing of who plans, or of what approval is wanted."""


@functools.cache
def shipped(name: str) -> t.Any:
    return yaml.safe_load((SHIPPED / name).read_text(encoding="utf-8"))


def templates() -> dict[str, dict[str, t.Any]]:
    return {template["name"]: template for template in shipped("controller_templates.yml")["controller_templates"]}


def workflow() -> dict[str, t.Any]:
    (found,) = shipped("controller_workflows.yml")["controller_workflows"]
    return t.cast("dict[str, t.Any]", found)


def nodes() -> dict[str, dict[str, t.Any]]:
    found = workflow()["simplified_workflow_nodes"]
    by_name = {node["identifier"]: node for node in found}
    assert len(by_name) == len(found), "an identifier is there twice"
    return by_name


def known_variables() -> set[str]:
    return {name for variable in _variables.VARIABLES for name in _names(variable)}


def _names(variable: t.Any) -> set[str]:
    return {variable.shared_name, *(variable.role_name(role) for role in variable.roles)}


@pytest.mark.parametrize("name", templates())
def test_a_job_template_runs_a_playbook_of_the_collection_with_variables_that_there_are(name: str) -> None:
    template = templates()[name]
    assert set(template) <= TEMPLATE_KEYS
    (play,) = yaml.safe_load((SHIPPED / "project" / template["playbook"]).read_text(encoding="utf-8"))
    namespace, collection, playbook = play["ansible.builtin.import_playbook"].split(".")
    assert (namespace, collection) == ("managed_desktop", "network")
    assert (ROOT / "playbooks" / f"{playbook}.yml").is_file()
    assert set(template.get("extra_vars", ())) <= known_variables()
    # Slices of the controller's own would hide the test hosts from a job; ours are jobs of one template at a time.
    assert template["job_slice_count"] == 1
    assert template["allow_simultaneous"] is True


def test_every_playbook_of_the_project_has_its_job_template() -> None:
    used = {template["playbook"] for template in templates().values()}
    assert used == {path.name for path in (SHIPPED / "project").glob("*.yml")}


def asked(template: dict[str, t.Any]) -> set[str]:
    """The variables that a survey asks."""
    if "survey_spec" not in template:
        return set()
    assert template["survey_enabled"] is True
    assert set(template["survey_spec"]) == {"name", "description", "spec"}
    for question in template["survey_spec"]["spec"]:
        assert set(question) <= QUESTION_KEYS
        if question["type"] == "multiplechoice":
            assert question["default"] in question["choices"]
            assert all(isinstance(choice, str) for choice in question["choices"])
    return {question["variable"] for question in template["survey_spec"]["spec"]}


@pytest.mark.parametrize("name", templates())
def test_whoever_launches_a_job_says_no_more_than_its_survey_asks(name: str) -> None:
    template = templates()[name]
    assert template["ask_variables_on_launch"] is False
    assert asked(template) == ASKED[template["playbook"].removesuffix(".yml")]
    assert asked(template) <= known_variables()
    assert not asked(template) & set(template.get("extra_vars", ())), "an answer would override what the site has set"


def test_the_nodes_of_the_workflow_are_of_the_form_and_may_be_told_what_they_are_told() -> None:
    assert set(workflow()) <= WORKFLOW_KEYS
    # The variables of a workflow reach its jobs past what their templates ask.
    assert workflow()["ask_variables_on_launch"] is False
    assert asked(workflow()) == {"allowlist_change"}
    for name, node in nodes().items():
        assert set(node) <= NODE_KEYS, name
        assert set(node.get("extra_data", ())) <= known_variables(), name
        assert set(node.get("success_nodes", ())) <= set(nodes()), name
        if "approval_node" not in node:
            template = templates()[node["unified_job_template"]]
            assert set(node.get("extra_data", ())) | asked(workflow()) <= asked(template), name
            assert template["ask_limit_on_launch"] or "limit" not in node, name


def test_a_ring_begins_when_all_jobs_of_the_ring_before_it_have_succeeded() -> None:
    parents: dict[str, set[str]] = {name: set() for name in nodes()}
    for name, node in nodes().items():
        for after in node.get("success_nodes", ()):
            parents[after].add(name)
    stages = ["look", "keep", "approve", "ring_0", "ring_1", "ring_2"]
    of_stage = {stage: {name for name in nodes() if name.startswith(stage)} for stage in stages}
    assert set().union(*of_stage.values()) == set(nodes())
    assert not any(parents[name] for name in of_stage["look"])
    for before, stage in itertools.pairwise(stages):
        for name in of_stage[stage]:
            assert parents[name] == of_stage[before], name
            assert len(parents[name]) == 1 or nodes()[name]["all_parents_must_converge"], name


def inventory(folder: Path) -> dict[str, t.Any]:
    """Two rings of a fleet at ten sites and its test hosts, with the groups of rings and slices."""
    names = [f"fw{number}" for number in range(40)]
    hosts = {name: {"allowlist_ring": n % 3, "site": f"site{n // 4}"} for n, name in enumerate(names)}
    fleet = {"all": {"children": {"appliances": {"hosts": hosts}, "test_hosts": {"hosts": {"desk1": {}}}}}}
    (folder / "hosts.yml").write_text(yaml.safe_dump(fleet))
    sources = ["-i", str(folder / "hosts.yml"), "-i", str(SHIPPED / "slices.yml")]
    done = subprocess.run(
        [str(BIN / "ansible-inventory"), *sources, "--list"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "ANSIBLE_INVENTORY_ENABLED": "ansible.builtin.constructed,ansible.builtin.yaml"},
    )
    assert "WARNING" not in done.stderr, done.stderr
    return t.cast("dict[str, t.Any]", json.loads(done.stdout))


def test_slices_are_disjoint_and_leave_nobody_out_and_a_site_is_in_one(tmp_path: Path) -> None:
    found = inventory(tmp_path)
    slices = [set(found[f"slice_{number}"]["hosts"]) for number in range(4)]
    assert sum(map(len, slices)) == len(set().union(*slices)) == 41
    fleet = set(found["appliances"]["hosts"])
    assert set().union(*(found[f"ring_{ring}"]["hosts"] for ring in range(3))) == fleet
    for site in range(10):
        members = {f"fw{number}" for number in range(site * 4, site * 4 + 4)}
        assert sum(bool(members & cut) for cut in slices) == 1
    limits = {part for node in nodes().values() for part in node.get("limit", "").split(":&") if part}
    assert limits <= set(found), "a node is limited to a group that there is not"


def test_the_image_is_made_of_the_collection_and_of_what_it_needs(tmp_path: Path) -> None:
    definition = SHIPPED / "execution-environment.yml"
    where = ["--file", str(definition), "--context", str(tmp_path), "--output-filename", "Containerfile"]
    subprocess.run([str(BIN / "ansible-builder"), "create", *where], check=True)
    made = (tmp_path / "Containerfile").read_text(encoding="utf-8")
    assert 'ARG EE_BASE_IMAGE="docker.io/redhat/ubi9:latest"' in made
    assert 'ARG PYCMD="/usr/bin/python3.12"' in made
    assert 'ARG ANSIBLE_INSTALL_REFS="ansible-core~=2.21.5 ansible-runner~=2.4.3"' in made
    assert "mkdir -p /srv/changes" in made
    built = tmp_path / "_build"
    collections = yaml.safe_load((built / "requirements.yml").read_text(encoding="utf-8"))["collections"]
    assert collections == [{"name": "managed_desktop.network", "version": ">=0.1.0"}]
    assert set((built / "bindep.txt").read_text(encoding="utf-8").splitlines()) >= {
        "openssh-clients [platform:rpm]",
        "openssh [platform:rpm]",
        "git-core [platform:rpm]",
    }


def test_the_changes_are_kept_where_the_image_has_a_place_for_them() -> None:
    steps = shipped("execution-environment.yml")["additional_build_steps"]["append_final"]
    for template in templates().values():
        kept = template.get("extra_vars", {}).get("allowlist_change_dir")
        assert kept is None or any(f"mkdir -p {kept} " in step for step in steps)


def test_what_the_collection_needs_of_python_is_found_by_the_builder() -> None:
    """It looks for meta/execution-environment.yml in the collections that the image was given."""
    done = subprocess.run(
        [str(BIN / "ansible-builder"), "introspect", str(ROOT.parents[2])], capture_output=True, text=True, check=True
    )
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert line in done.stdout
