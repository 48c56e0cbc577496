# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How reports speak of what was selected."""

from __future__ import annotations

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import Selection


def editions_of(selection: Selection) -> list[dict[str, str]]:
    """Return the editions of a selection as plain data, each with its status and, where it was read, its SHA-256."""
    return [
        {
            "source": edition.source,
            "edition": edition.id,
            "status": edition.status,
            **({"sha256": edition.sha256} if edition.sha256 else {}),
        }
        for edition in selection.editions
    ]


def described(selection: Selection) -> str:
    """Return the editions of a selection in words: ``managed_desktop 2022-09-15 (superseded) and own.yml …``."""
    return " and ".join(f"{edition.source} {edition.id} ({edition.status})" for edition in selection.editions)


def tenant_warnings(*selections: Selection) -> list[str]:
    """Return a warning for placeholders that were left out. That an edition is not current is no warning here."""
    names = {item.name for selection in selections for item in selection.left_out if item.reason == "tenant_unset"}
    if not names:
        return []
    return [f"{', '.join(sorted(names))} not compared, because no tenant was given."]
