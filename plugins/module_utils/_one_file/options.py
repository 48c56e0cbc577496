# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The options of every list that is one file, and their forms."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils import _manage
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

FILE_OPTIONS: dict[str, t.Any] = {
    "path": {"type": "path", "required": True},
    "mode": {"type": "str", "default": "0644"},
    "name": {"type": "str", "default": "managed_desktop"},
    "url": {"type": "str"},
    "activation_timeout": {"type": "float", "default": 10.0},
}
INFO_OPTIONS: dict[str, t.Any] = {**FILE_OPTIONS, **_manage.INFO_OPTIONS}

LONGEST_TIMEOUT = 3600
_PATH = (
    r"/[A-Za-z0-9_./@:+=,~ -]*[A-Za-z0-9_@:+=,~-]",
    "is not an absolute path of letters, digits and _ . / @ : + = , ~ -",
)
_FORMS = {
    "path": _PATH,
    "backup_dir": _PATH,
    "mode": (r"0?[0-7]{3}", "is no mode such as 0644"),
    "name": (
        r"[a-z][a-z0-9_]{0,19}",
        "is no list name; it has 1 to 20 lower-case letters, digits and underscores and begins with a letter",
    ),
    "url": (r"https?://[A-Za-z0-9.:\[\]_-]+/[A-Za-z0-9._~/%+=,@:-]*", "is not of the form http://host/path"),
}


def refuse_malformed(params: t.Mapping[str, t.Any]) -> None:
    """Refuse options that would not stay what they claim to be in a path or an address.

    Raises:
        ApplianceError: the message names the option.
    """
    for option, (form, said) in _FORMS.items():
        value = params[option]
        if value is not None and not re.fullmatch(form, value):
            raise ApplianceError(f"{option}: {ascii(value)[:200]} {said}.")
    if ".." in params["path"].split("/"):
        raise ApplianceError(f"path: {params['path']} has a dot segment.")
    if not 0 < params["activation_timeout"] <= LONGEST_TIMEOUT:
        raise ApplianceError(
            f"activation_timeout: {params['activation_timeout']} is not between 0 and {LONGEST_TIMEOUT} seconds."
        )
