# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices that no lab can run, as real HTTPS servers on loopback that keep what they are told.

Each holds the conversation of one vendor's management API: authentication, candidate and running configuration, locks,
sessions, jobs, limits and error bodies. What the vendor's device makes of a list, none of them knows.
"""
