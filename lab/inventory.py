# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as Ansible sees it: each namespace a host of its own."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from lab import requirements
from lab.topology import Topology

PLUGINS = Path(__file__).resolve().parent / "connection_plugins"


def inventory(topology: Topology, state: Path) -> dict[str, t.Any]:
    """Groups and variables of the topology, with what Ansible needs to get into the hosts of the lab in ``state``."""
    groups: dict[str, dict[str, dict[str, t.Any]]] = {}
    for host in topology.hosts:
        for group in host.groups or ("ungrouped",):
            groups.setdefault(group, {"hosts": {}})["hosts"][host.name] = dict(host.variables)
    return {
        "all": {
            "vars": {
                "ansible_connection": "lab_host",
                "lab_state": str(state),
                "ansible_python_interpreter": requirements.target_python(),
                "ansible_pipelining": True,
                # Commands are root's already; a minimal machine has no sudo.
                "ansible_become": False,
            },
            "children": groups,
        },
    }


def environment(lab_inventory: Path) -> dict[str, str]:
    """The variables to set for ansible commands: where the inventory and the connection plugin are."""
    return {"ANSIBLE_INVENTORY": str(lab_inventory), "ANSIBLE_CONNECTION_PLUGINS": str(PLUGINS)}


def to_yaml(value: t.Any, depth: int = 0) -> str:
    """Mappings in block style, all else as JSON, which is YAML."""
    if not isinstance(value, t.Mapping) or not value:
        return f" {json.dumps(value)}\n"
    lines = "".join(f"{'  ' * depth}{key}:{to_yaml(item, depth + 1)}" for key, item in value.items())
    return "\n" + lines if depth else "---" + "\n" + lines
