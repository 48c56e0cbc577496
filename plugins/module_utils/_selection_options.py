# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The options that choose endpoints, once for all: modules that set a list or ask for it, roles and lookups.

The fragment ``selection`` documents them. Action plugins take them out before a module is called; a module names them
so that it documents and refuses alike.
"""

from __future__ import annotations

import typing as t

TREATMENTS: t.Final = ("allow", "bypass_authentication", "bypass_inspection")
FORMATS: t.Final = ("auto", "markdown", "text", "yaml", "json", "csv")

EDITION_OPTIONS: dict[str, t.Any] = {
    "edition": {"type": "str", "default": "latest"},
    "instance": {"type": "str"},
    "services": {"type": "list", "elements": "str", "default": []},
    "format": {"type": "str", "choices": list(FORMATS), "default": "auto"},
    "catalogue_dir": {"type": "path"},
}
"""Which edition of each source is read, and which of its services."""

FILTER_OPTIONS: dict[str, t.Any] = {
    "tenant": {"type": "str"},
    "treatments": {"type": "list", "elements": "str", "choices": list(TREATMENTS), "default": []},
    "categories": {"type": "list", "elements": "str", "default": []},
    "ports": {"type": "list", "elements": "str", "default": []},
    "required_only": {"type": "bool", "default": False},
    "include_hidden": {"type": "bool", "default": False},
}
"""Which of the endpoints of these editions are taken, and as what."""

SELECTION_OPTIONS: dict[str, t.Any] = {
    "sources": {"type": "list", "elements": "raw"},
    "endpoints": {"type": "list", "elements": "raw"},
    **EDITION_OPTIONS,
    **FILTER_OPTIONS,
}
"""All of them. Of lookups, where sources are the terms, the two groups above are the options."""

ACCEPTANCE_OPTIONS: dict[str, t.Any] = {"accept_loss": {"type": "list", "elements": "dict"}}
"""What every module that sets a list has beside them."""

CHANGE_OPTIONS: dict[str, t.Any] = {
    "freeze_to": {"type": "path"},
    "frozen": {"type": "dict"},
    "record": {"type": "dict"},
}
"""By which the roles of a change have a module set the list that was planned, and tell what came of it."""
