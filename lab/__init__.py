# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network on one machine: an origin, a resolver, a proxy and test hosts, each in namespaces of its own.

    from lab import Lab

    with Lab(state=some_directory) as lab:
        lab.run("desk1", ["curl", "--cacert", "/etc/ssl/lab-ca.pem", "https://www.example.com/"])

Nothing is added to the machine's own network or mounts, and nothing leaves the machine.
Importing this package stays cheap (no third-party module): every host starts by importing it.
"""

from __future__ import annotations

from lab.errors import LabError
from lab.lab import Lab
from lab.topologies import office
from lab.topology import HostSpec, Topology

__all__ = ["HostSpec", "Lab", "LabError", "Topology", "office"]
