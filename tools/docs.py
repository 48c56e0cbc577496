# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of an installed collection must have documentation."""

from __future__ import annotations

from pathlib import Path

NAMESPACE = "managed_desktop.network"
_PLUGIN_TYPES = {"filter": "filter", "lookup": "lookup", "modules": "module", "test": "test"}


def documented_names(collection: Path) -> dict[str, list[str]]:
    """Return the full names of everything a playbook can call, by the type that `ansible-doc` knows it under.

    An action plugin is documented by the module of its name, and a file that starts with `_` is nobody's to call.
    """
    names = {
        kind: [f"{NAMESPACE}.{file.stem}" for file in sorted((collection / "plugins" / folder).glob("[!_]*.py"))]
        for folder, kind in _PLUGIN_TYPES.items()
    }
    roles = sorted(collection.glob("roles/*/meta/argument_specs.yml"))
    names["role"] = [f"{NAMESPACE}.{specification.parts[-3]}" for specification in roles]
    return {kind: found for kind, found in names.items() if found}
