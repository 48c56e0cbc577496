# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a rollout or of a restore: the account of it for machines and for people, and the manifest."""

from __future__ import annotations

import datetime

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import manifest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    Plain,
    canonical,
    digest_of,
    write_bytes,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.evidence import assemble
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.report import render


def finish(directory: ChangeDirectory, now: datetime.datetime) -> Plain:
    """Write evidence.json, report.html and manifest.json of a change, and return the evidence.

    Called again it writes nothing where nothing moved, and a new revision of the manifest where something did.

    Raises:
        ChangeError: there is no plan, or a file cannot be read or written.
    """
    evidence = assemble(directory)
    content = canonical(evidence)
    write_bytes(directory.evidence, content)
    write_bytes(directory.report, render(evidence, digest_of(content)).encode("utf-8"))
    manifest.write(directory, evidence["outcome"], now)
    return evidence
