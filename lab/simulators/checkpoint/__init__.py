# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Check Point management server: domains, administrators, sessions, locks, revisions, tasks, packages and gateways.

It holds the conversation of the management API (``/web_api``), as its reference, recorded replies and reports of users
describe it (R80.40 to R82). What a gateway makes of a list, it does not know.
"""

from lab.simulators.checkpoint.server import ManagementServer
from lab.simulators.checkpoint.state import Administrator, Domain, Gateway, Package, Session, Site

__all__ = ["Administrator", "Domain", "Gateway", "ManagementServer", "Package", "Session", "Site"]
