# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A list that appliances fetch and read by themselves, as an appliance."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils import _manage
from ansible_collections.managed_desktop.network.plugins.module_utils._one_file.appliance import OneFile
from ansible_collections.managed_desktop.network.plugins.module_utils._one_file.options import (
    FILE_OPTIONS,
    refuse_malformed,
)

DEVICE_OPTIONS: dict[str, t.Any] = {
    **FILE_OPTIONS,
    "backup_dir": {"type": "path", "default": "/var/backups/managed_desktop.network/feed"},
}
INFO_OPTIONS: dict[str, t.Any] = {**DEVICE_OPTIONS, **_manage.INFO_OPTIONS}
DIALECT_OPTIONS: dict[str, t.Any] = {
    "feed_format": {
        "type": "str",
        "choices": ["panos_url", "fortigate_domain", "domains", "networks"],
    },
    "plain_matches": {"type": "str", "choices": ["exact", "subdomains"]},
    "max_entries": {"type": "int"},
}


class FeedFile(OneFile):
    """One list; every line that is neither empty nor a comment is an entry."""

    platform = "feed"
    module = "feed_file"

    def is_entry(self, line: str) -> bool:
        return bool(line.strip()) and not line.startswith(("#", "//"))


def feed_from(params: t.Mapping[str, t.Any]) -> FeedFile:
    """Return the file that the module's parameters describe.

    Raises:
        ApplianceError: an option does not fit.
    """
    refuse_malformed(params)
    backups = os.path.join(params["backup_dir"], params["name"])
    return FeedFile(params["path"], int(params["mode"], 8), backups, params["url"], params["activation_timeout"])
