# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.managed_desktop.network.plugins.doc_fragments import catalogue
from ansible_collections.managed_desktop.network.plugins.doc_fragments.selection import ModuleDocFragment
from ansible_collections.managed_desktop.network.plugins.module_utils._selection_options import (
    ACCEPTANCE_OPTIONS,
    EDITION_OPTIONS,
    FILTER_OPTIONS,
    SELECTION_OPTIONS,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._variable import ROLES, Variable
from ansible_collections.managed_desktop.network.plugins.plugin_utils._variables import (
    VARIABLES,
    known_names,
    of_role,
    unknown,
)

from tools import variables as tool

PROJECT = Path(__file__).resolve().parents[3]
INTERNAL = {"digests", "needs", "accepted_properties", "accepted_ports", "artefact", "freeze_to", "frozen", "record"}
COLLECTION = "managed_desktop.network"
ROLE = PROJECT / "roles" / "allowlist_apply"
OF_A_PLAN = {"state", "restore", "expect_before", "expect_after"}


def load(path: Path) -> t.Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def shared_by_all_platforms() -> set[str]:
    """The options that the role gives every platform's module, and the clients, which some have."""
    (include,) = (task for task in load(ROLE / "tasks" / "set.yml") if "ansible.builtin.include_tasks" in task)
    defaults = include["ansible.builtin.include_tasks"]["apply"]["module_defaults"]
    return {"clients", *defaults[f"group/{COLLECTION}.allowlist"]}


def options_of(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, t.Any]:
    """The argument specification that a module gives AnsibleModule, or that its action plugin checks for itself."""
    module = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.modules.{name}")
    if not hasattr(module, "main"):
        action = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.action.{name}")
        return dict(action.ActionModule.options)
    given: dict[str, t.Any] = {}

    def look(argument_spec: dict[str, t.Any], **_more: t.Any) -> t.NoReturn:
        given.update(argument_spec)
        raise InterruptedError

    monkeypatch.setattr(module, "AnsibleModule", look)
    with pytest.raises(InterruptedError):
        module.main()
    return given


@pytest.mark.parametrize("path", tool.made(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_what_is_made_from_the_table_agrees_with_it(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == tool.made()[path], "run python -m tools.variables"


@pytest.mark.parametrize("role", ROLES)
def test_every_default_of_a_role_is_an_option_of_it_with_the_same_default(role: str) -> None:
    folder = PROJECT / "roles" / f"allowlist_{role}"
    defaults = yaml.safe_load((folder / "defaults" / "main.yml").read_text(encoding="utf-8"))
    options = yaml.safe_load((folder / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    assert defaults.keys() == options["argument_specs"]["main"]["options"].keys()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_uses_each_of_its_variables_and_no_other(role: str) -> None:
    text = ""
    for folder in ("tasks", "vars"):
        for file in (PROJECT / "roles" / f"allowlist_{role}" / folder).rglob("*.yml"):
            text += file.read_text(encoding="utf-8")
    used = set(re.findall(rf"\ballowlist_{role}_\w+", text))
    assert used == {variable.role_name(role) for variable in of_role(role)}


@pytest.mark.parametrize("platform", sorted(path.stem for path in (ROLE / "tasks" / "platform").glob("*.yml")))
def test_the_options_for_a_platform_are_those_of_its_module(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (variable,) = (variable for variable in VARIABLES if variable.name == platform)
    (task,) = load(ROLE / "tasks" / "platform" / f"{platform}.yml")
    (module,) = (name for name in task if name.startswith("managed_desktop.network."))
    options = options_of(module.rpartition(".")[2], monkeypatch)
    own = options.keys() - shared_by_all_platforms() - INTERNAL - OF_A_PLAN
    assert {option.name for option in variable.options} == own
    assert module.rpartition(".")[2] in load(PROJECT / "meta" / "runtime.yml")["action_groups"]["allowlist"]
    assert task[module].keys() - {"clients"} == {option.name for option in variable.options}
    for option in variable.options:
        assert option.type == options[option.name]["type"]
        assert list(option.choices) == options[option.name].get("choices", [])
        assert option.elements == options[option.name].get("elements")


def test_every_option_that_selects_endpoints_has_a_variable_of_the_same_type() -> None:
    by_name = {variable.name: variable for variable in VARIABLES}
    for name, specification in {**SELECTION_OPTIONS, **ACCEPTANCE_OPTIONS}.items():
        assert by_name[name].type == specification["type"]
        assert by_name[name].elements == specification.get("elements")
        assert list(by_name[name].choices) == specification.get("choices", [])


def test_every_option_that_selects_endpoints_is_described_by_one_fragment() -> None:
    parts = (ModuleDocFragment.DOCUMENTATION, ModuleDocFragment.EDITIONS, ModuleDocFragment.FILTERS)
    described: dict[str, t.Any] = {}
    for part in parts:
        options = yaml.safe_load(part)["options"]
        assert not described.keys() & options.keys()
        described.update(options)
    assert described.keys() == SELECTION_OPTIONS.keys()
    for name, option in described.items():
        assert {key: value for key, value in option.items() if key != "description"} == SELECTION_OPTIONS[name]


def test_every_option_of_a_lookup_has_the_variable_of_its_name() -> None:
    parts = (catalogue.ModuleDocFragment.DOCUMENTATION, catalogue.ModuleDocFragment.FILTERS)
    behind = {name: option.get("vars") for part in parts for name, option in yaml.safe_load(part)["options"].items()}
    assert behind.keys() - {"_terms"} == EDITION_OPTIONS.keys() | FILTER_OPTIONS.keys()
    assert all(behind[name] == [{"name": f"allowlist_{name}"}] for name in behind if name != "_terms")


def test_the_role_hands_every_option_that_selects_endpoints_to_all_platforms() -> None:
    tasks = PROJECT / "roles" / "allowlist_apply" / "tasks"
    (including,) = (task for task in load(tasks / "set.yml") if "ansible.builtin.include_tasks" in task)
    defaults = including["ansible.builtin.include_tasks"]["apply"]["module_defaults"]
    assert defaults.keys() == {f"group/{COLLECTION}.allowlist"}
    given = defaults[f"group/{COLLECTION}.allowlist"]
    assert given.keys() == {"name", "confirm_within", "record", *SELECTION_OPTIONS, *ACCEPTANCE_OPTIONS}
    group = load(PROJECT / "meta" / "runtime.yml")["action_groups"]["allowlist"]
    for platform in (tasks / "platform").glob("*.yml"):
        setting = [
            name.removeprefix(f"{COLLECTION}.")
            for task in load(platform)
            for name in task
            if name.startswith(f"{COLLECTION}.")
        ]
        assert setting, platform.name
        assert set(setting) <= set(group), "a module outside the group would set the default list"


def test_the_role_hands_every_option_that_selects_endpoints_to_the_prober() -> None:
    tasks = load(PROJECT / "roles" / "allowlist_verify" / "tasks" / "probe.yml")
    (given,) = (task[f"{COLLECTION}.reachability_info"] for task in tasks if f"{COLLECTION}.reachability_info" in task)
    assert SELECTION_OPTIONS.keys() <= given.keys()


def test_no_name_is_given_twice() -> None:
    names = [variable.shared_name for variable in VARIABLES]
    assert len(names) == len(set(names))


def test_only_secrets_are_kept_from_logs() -> None:
    assert [variable.name for variable in VARIABLES if variable.secret] == ["proxy_password"]


def test_shared_names_and_those_of_roles_are_known() -> None:
    names = ["allowlist_tenant", "allowlist_apply_tenant", "allowlist_verify_tenant", "allowlist_drift_correct"]
    assert unknown(names) == []
    assert set(names) <= set(known_names())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("allowlist_tennant", "Did you mean allowlist_tenant?"),
        ("allowlist_Tenant", "Did you mean allowlist_tenant?"),
        ("allowlist_source", "Did you mean allowlist_sources?"),
        ("allowlist_apply_acept_loss", "Did you mean allowlist_apply_accept_loss?"),
        ("allowlist_drift_corect", "Did you mean allowlist_drift_correct?"),
        ("allowlist_correct", "Did you mean allowlist_drift_correct?"),
        ("allowlist_", "No known name is near it."),
        ("allowlist_zone", "No known name is near it."),
        ("allowlist_zzzzzzzzzzzzzzzzzzzzzzzz", "No known name is near it."),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest_one(name: str, said: str) -> None:
    assert unknown([name, "allowlist_tenant"]) == [f"There is no variable {name}. {said}"]


def test_a_name_beyond_ascii_is_told_in_ascii() -> None:
    assert unknown(["allowlist_ten\u0430nt"]) == [
        "There is no variable allowlist_ten\\u0430nt. Did you mean allowlist_tenant?"
    ]


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks the marks"):
        tool.within("no marks here", "table")


def test_what_markdown_would_take_for_its_own_is_escaped(monkeypatch: t.Any) -> None:
    made = Variable("x", "str", "a | b <tenant> M(one.two.three)", ("apply",), default="")
    monkeypatch.setattr(tool, "VARIABLES", (made,))
    assert "| a \\| b &lt;tenant> `one.two.three` |" in tool.page()
