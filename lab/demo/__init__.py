# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job, told in the lab: ``story`` has the steps, ``lists`` what is applied, ``platforms`` to what."""
