# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make from the one table of variables what has to agree with it: python -m tools.variables

Written are each role's argument specification, its defaults, the table in its README.md, and docs/variables.md.
"""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import yaml
from ansible_collections.managed_desktop.network.plugins.doc_fragments.selection import ModuleDocFragment
from ansible_collections.managed_desktop.network.plugins.module_utils._selection_options import SELECTION_OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._variable import (
    APPLIANCES,
    CONTROLLER,
    DOCUMENTED,
    EVERYWHERE,
    PREFIX,
    ROLES,
    TEST_HOSTS,
    Variable,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._variables import VARIABLES, of_role

PROJECT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- variables: begin -->", "<!-- variables: end -->"
_SELECTION: t.Final[dict[str, t.Any]] = {
    name: option
    for part in (ModuleDocFragment.DOCUMENTATION, ModuleDocFragment.EDITIONS, ModuleDocFragment.FILTERS)
    for name, option in yaml.safe_load(part)["options"].items()
}
_HEADER = """\
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Made by tools/variables.py from plugins/plugin_utils/_variables.py.
---
"""
_ROLES: t.Final[dict[str, dict[str, t.Any]]] = {
    "plan": {
        "short_description": "Show what apply would change on an appliance, and at what loss",
        "description": [
            "Applies the list in check mode on every appliance, and prints one table.",
            "Tells by service what would be added and taken out, and what the appliance cannot do as documented.",
            "Fails at the end where an appliance could not be looked at.",
        ],
        "check_mode": "does the same, and writes no report",
    },
    "apply": {
        "short_description": "Set the allow-list of an appliance",
        "description": [
            "Compiles the endpoints that the variables choose, and sets them as the one list of the appliance.",
            "An appliance that has the list, stored and running, is left alone.",
        ],
        "check_mode": "predicts exactly what the real run does, and writes nothing",
    },
    "rollout": {
        "short_description": "Carry out one batch of a change: set, verify, then confirm or take back",
        "description": [
            "Sets on every appliance of the batch exactly the list that was planned, and probes before and after.",
            "Confirms the batch where it stands; otherwise takes it back, tells why, and stops.",
            "Run it by the playbook apply, which checks plan and approval, and gives the batches in their order.",
        ],
        "check_mode": "checks plan and approval, and predicts what each appliance would do",
    },
    "restore": {
        "short_description": "Put every appliance of a change back to what it held before",
        "description": [
            "Puts back what each appliance held before the change, from the back-up that its module wrote.",
            "Refuses where a later change would be undone with it.",
        ],
        "check_mode": "predicts what each appliance would do",
    },
    "verify": {
        "short_description": "Test from a test host that the list is reachable, and nothing else",
        "description": [
            "Plans probes from the same variables as the list, and runs them on the test host through its way out.",
            "Prints one table of services and test hosts, then each failure with layer, cause and remedy.",
            "Fails where the policy of the network is not what it should be.",
        ],
        "check_mode": "probes all the same, and writes no report",
    },
    "drift": {
        "short_description": "Find what has drifted on an appliance, and put it right if asked",
        "description": [
            "Applies the list in check mode, and prints by service what is missing and what is foreign.",
            "Tells also whether the stored list is the running one.",
            "Fails at the end where an appliance has drifted and was not corrected.",
        ],
        "check_mode": "corrects nothing, and writes no report",
    },
    "update": {
        "short_description": "Update the catalogue from its sources, safely",
        "description": [
            "Asks each source for its list, and keeps each good answer as a dated edition in a directory of yours.",
            "Puts it in force, unless it takes away too much or opens too much; then it waits to be acknowledged.",
        ],
        "check_mode": "asks the sources, writes nothing, and predicts what the real run then does",
    },
}
_GROUPS: t.Final = {
    EVERYWHERE: "For all hosts, since appliances and test hosts must mean the same list",
    APPLIANCES: "For appliances",
    TEST_HOSTS: "For test hosts",
    CONTROLLER: "For updates of the catalogue, which run on the controller",
}


class _Indented(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def argument_specification(role: str) -> str:
    """Return ``meta/argument_specs.yml`` of a role."""
    facts = _ROLES[role]
    entry = {
        "short_description": facts["short_description"],
        "version_added": "0.1.0",
        "author": ["managed_desktop.network contributors"],
        "description": [*facts["description"], f"In check mode it {facts['check_mode']}."],
        "options": {variable.role_name(role): _option(variable) for variable in of_role(role)},
    }
    return _HEADER + _yaml({"argument_specs": {"main": entry}})


def description(variable: Variable) -> str:
    """Return what a variable means. That of an option that chooses endpoints is the option's, in plain text."""
    if variable.description != DOCUMENTED:
        return variable.description
    written = _SELECTION[variable.name]["description"]
    text = " ".join([written] if isinstance(written, str) else written)
    text = re.sub(r"O\((\w+)\)", rf"{PREFIX}\1", text)
    return re.sub(r"[CV]\(([^)]+)\)|P\(([\w.]+)#lookup\)", lambda found: found[1] or found[2], text)


def lookups(variable: Variable) -> list[str]:
    """Return who else reads a variable."""
    return ["lookups"] if variable.name in SELECTION_OPTIONS else []


def _option(variable: Variable, within: bool = False) -> dict[str, t.Any]:
    option: dict[str, t.Any] = {"description": [description(variable)], "type": variable.type}
    if variable.elements:
        option["elements"] = variable.elements
    if variable.choices:
        option["choices"] = list(variable.choices)
    if variable.secret:
        option["no_log"] = True
    if not within:
        option["default"] = variable.default
    if variable.options:
        option["options"] = {inner.name: _option(inner, within=True) for inner in variable.options}
    return option


def defaults(role: str) -> str:
    """Return ``defaults/main.yml`` of a role: each shared name read once."""
    lines = []
    for variable in of_role(role):
        if variable.own:
            lines.append(_yaml({variable.role_name(role): variable.default}))
        else:
            read = f"{variable.shared_name} | default({_jinja(variable.default)})"
            if "true" in variable.choices:  # as YAML reads it, it is no word
                read += " | string | lower"
            value = f'"{{{{ {read} }}}}"'
            lines.append(f"{variable.role_name(role)}: {value}\n")
    return _HEADER + "".join(lines)


def _jinja(value: t.Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value).replace('"', "'")


def role_table(role: str) -> str:
    """Return the table of a role's README."""
    rows = [
        f"| `{variable.role_name(role)}` | {_source(variable)} | {_type(variable)} | {_default(variable)} |"
        for variable in of_role(role)
    ]
    head = "| variable of the role | read from | type | default |\n|---|---|---|---|\n"
    return head + "\n".join(rows) + "\n"


def _source(variable: Variable) -> str:
    return "itself" if variable.own else f"`{variable.shared_name}`"


def page() -> str:
    """Return the tables of docs/variables.md."""
    parts = []
    for group, title in _GROUPS.items():
        parts.append(f"### {title}\n")
        parts.append("| variable | type | default | meaning | read by |\n|---|---|---|---|---|")
        parts += [_row(variable) for variable in VARIABLES if variable.group == group]
        parts.append("")
    for variable in VARIABLES:
        if variable.options:
            parts.append(f"### Keys of `{variable.shared_name}`\n")
            parts.append("| key | type | meaning |\n|---|---|---|")
            parts += [f"| `{o.name}` | {_type(o)} | {_prose(o)} |" for o in variable.options]
            parts.append("")
    return "\n".join(parts)


def _row(variable: Variable) -> str:
    readers = ", ".join([*(f"`allowlist_{role}`" for role in variable.roles), *lookups(variable)])
    return f"| `{variable.shared_name}` | {_type(variable)} | {_default(variable)} | {_prose(variable)} | {readers} |"


def _type(variable: Variable) -> str:
    kind = f"list of {variable.elements}" if variable.elements else variable.type
    return f"{kind}: {', '.join(variable.choices)}" if variable.choices else kind


def _default(variable: Variable) -> str:
    return "not set" if variable.default in ("", None) else f"`{json.dumps(variable.default)}`"


def _prose(variable: Variable) -> str:
    text = re.sub(r"M\(([\w.]+)\)", r"`\1`", description(variable))
    return text.replace("<", "&lt;").replace("|", "\\|")


def within(text: str, table: str) -> str:
    """Return a page with what stands between its two marks replaced by `table`."""
    head, begin, rest = text.partition(BEGIN)
    _old, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks the marks {BEGIN} and {END}")
    return f"{head}{BEGIN}\n\n{table}\n{END}{tail}"


def made() -> dict[Path, str]:
    """Return every file with what it should hold."""
    files: dict[Path, str] = {}
    for role in ROLES:
        folder = PROJECT / "roles" / f"allowlist_{role}"
        files[folder / "meta" / "argument_specs.yml"] = argument_specification(role)
        files[folder / "defaults" / "main.yml"] = defaults(role)
        readme = folder / "README.md"
        files[readme] = within(readme.read_text(encoding="utf-8"), role_table(role))
    documentation = PROJECT / "docs" / "variables.md"
    files[documentation] = within(documentation.read_text(encoding="utf-8"), page())
    return files


def _yaml(value: t.Any) -> str:
    return str(yaml.dump(value, Dumper=_Indented, sort_keys=False, width=110))


def main() -> None:
    """Write what is not as it should be, and say so."""
    for path, text in made().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"written: {path.relative_to(PROJECT)}")


if __name__ == "__main__":
    main()
