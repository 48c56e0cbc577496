# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  server:
    description: What the resolver is.
    type: str
    required: true
    choices: [bind, unbound, pdns_recursor]
  name:
    description:
      - The name of the list. Its zones are V(<name>.allow.rpz) and V(<name>.deny.rpz), in files of these names.
    type: str
    default: managed_desktop
  zone_dir:
    description:
      - The directory for the zone files, where the server may read them.
      - Defaults to V(/var/lib/bind), V(/var/lib/unbound) or V(/etc/powerdns).
    type: path
  control:
    description:
      - The server's control program with its own arguments, such as V([rndc, -c, /etc/bind/other.conf]).
      - Defaults to V(rndc), V(unbound-control) or V(rec_control).
    type: list
    elements: str
  resolver_address:
    description: The address at which this host asks the resolver which list runs.
    type: str
    default: 127.0.0.1
  resolver_port:
    description: The port of it.
    type: int
    default: 53
  backup_dir:
    description: Where back-ups are kept (mode 0600), the last ten of each list.
    type: path
    default: /var/backups/managed_desktop.network/rpz
  activation_timeout:
    description:
      - How many seconds the server may take until it answers by a new list. BIND waits for up to 60 s by itself, unless
        its C(response-policy) has C(min-update-interval 0).
    type: float
    default: 90.0
"""
