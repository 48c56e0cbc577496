# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A proxy auto-configuration file as an appliance."""

from __future__ import annotations

import os
import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils import _manage
from ansible_collections.managed_desktop.network.plugins.module_utils._difference import Line
from ansible_collections.managed_desktop.network.plugins.module_utils._one_file.appliance import OneFile
from ansible_collections.managed_desktop.network.plugins.module_utils._one_file.options import (
    FILE_OPTIONS,
    refuse_malformed,
)

DEVICE_OPTIONS: dict[str, t.Any] = {
    **FILE_OPTIONS,
    "backup_dir": {"type": "path", "default": "/var/backups/managed_desktop.network/pac"},
}
INFO_OPTIONS: dict[str, t.Any] = {**DEVICE_OPTIONS, **_manage.INFO_OPTIONS}
DIALECT_OPTIONS: dict[str, t.Any] = {
    "proxies": {"type": "list", "elements": "str"},
    "listed": {"type": "list", "elements": "str"},
    "bypass_inspection": {"type": "list", "elements": "str", "no_log": False},
    "bypass_authentication": {"type": "list", "elements": "str", "no_log": False},
}

# What an entry of a section says. Those of the other sections are expressions, and are shown as they stand.
_FORMS = {"NAMES": "{}", "BELOW": "*{}", "NETWORKS": "{}"}
_SECTION = re.compile(r"var ([A-Z]+) = ")
_ENTRY = re.compile(r'(\["([^"\\]+)",[0-9]+\])')


class PacFile(OneFile):
    """One script; its entries are the lines that are arrays with a text first."""

    platform = "pac"
    module = "pac_file"

    def is_entry(self, line: str) -> bool:
        return line.startswith('["')

    def lines(self, body: str, provenance: dict[str, t.Any]) -> list[Line]:
        return super().lines(body, {"entries": {**_spelled(body), **provenance["entries"]}})


def _spelled(body: str) -> dict[str, list[str]]:
    """Return what each entry of a name or network says, without its ports, for those that nobody noted."""
    found: dict[str, list[str]] = {}
    form = None
    for line in body.split("\n"):
        begun = _SECTION.match(line)
        entry = _ENTRY.match(line)
        if begun:
            form = _FORMS.get(begun.group(1))
        elif form and entry:
            found[entry.group(1)] = ["", form.format(entry.group(2))]
    return found


def pac_from(params: t.Mapping[str, t.Any]) -> PacFile:
    """Return the file that the module's parameters describe.

    Raises:
        ApplianceError: an option does not fit.
    """
    refuse_malformed(params)
    backups = os.path.join(params["backup_dir"], params["name"])
    return PacFile(params["path"], int(params["mode"], 8), backups, params["url"], params["activation_timeout"])
