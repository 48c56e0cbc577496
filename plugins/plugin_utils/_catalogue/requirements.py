# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What documents ask of the appliance itself. The documents name the fact; the words are ours."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Requirement

TLS_1_2: t.Final = Requirement(
    id="tls_1_2",
    subject="appliance",
    feature="tls",
    minimum="1.2",
    text="Proxies and firewalls let TLS 1.2 through unbroken, whether they inspect it or not.",
    remedy="disable_protocol_detection",
    remedy_text="Where an appliance breaks TLS 1.2, switch off its protocol detection for the listed endpoints.",
)

REQUIREMENTS: t.Final = {requirement.id: requirement for requirement in (TLS_1_2,)}
