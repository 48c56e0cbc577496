# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PAN-OS over its XML API: a firewall, a pair of them, or a Panorama with firewalls behind it.

The forms of answers are those that the vendor's own client, pan-os-python, reads; the conversation is that of "PAN-OS
and Panorama XML API" 11.1. What the vendor does not document is the stricter of what could be: a change list keeps an
object that was edited back, and a partial commit refuses an object that others had their hands in.
"""

from lab.simulators.panos.device import Panos, pair
from lab.simulators.panos.managed import Managed

__all__ = ["Managed", "Panos", "pair"]
