# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an edition is given before it is stored, so that whoever reads it need not load the suffix list."""

from __future__ import annotations

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Edition
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.names import TENANT
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.tenant import SAMPLE
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import parse
from ansible_collections.managed_desktop.network.plugins.plugin_utils._registrable import registrable


def with_domains(found: Edition) -> Edition:
    """Return the edition with the registrable domain of each host; that of a placeholder with a sample."""
    entries = []
    for entry in found.entries:
        host = parse(entry.template.replace(TENANT, SAMPLE)) if entry.template else entry.endpoint.host
        entries.append(entry._replace(registrable=registrable(host) if host else None))
    return found.with_entries(tuple(entries))
