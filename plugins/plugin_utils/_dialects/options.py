# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several dialects have, checked once. Pure, no input or output."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import quoted


class OptionError(ValueError):
    """An option of the dialect that does not fit; the message names it."""


def list_name(value: t.Any) -> str:
    """Return the name of a list.

    Raises:
        OptionError: it would not stay one word in a path, a comment or an identifier.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,19}", str(value)):
        raise OptionError(
            f"name: {quoted(str(value))} is no list name; it has 1 to 20 lower-case letters, digits and underscores"
            " and begins with a letter"
        )
    return str(value)
