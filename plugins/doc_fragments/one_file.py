# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  path:
    description: The file. Its directory has to be there.
    type: path
    required: true
  mode:
    description: The mode of the file, in octal. A web server has to be able to read it.
    type: str
    default: '0644'
  name:
    description: The name of the list, by which its back-ups are found.
    type: str
    default: managed_desktop
  url:
    description:
      - Where the file is served, as this host reaches it, without a proxy. What is served there then counts as what
        runs, and a change waits until it is served.
    type: str
  activation_timeout:
    description: How many seconds to wait until the file is served at O(url).
    type: float
    default: 10.0
"""

    PAC = r"""
options:
  backup_dir:
    description: Where back-ups are kept (mode 0600), the last ten of each list.
    type: path
    default: /var/backups/managed_desktop.network/pac
"""

    FEED = r"""
options:
  backup_dir:
    description: Where back-ups are kept (mode 0600), the last ten of each list.
    type: path
    default: /var/backups/managed_desktop.network/feed
"""
