# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options that say where a Squid is."""

    DOCUMENTATION = r"""
options:
  name:
    description: The name of the list. One Squid can have several; each has its own files and touches no other's.
    type: str
    default: managed_desktop
  config_file:
    description: Squid's own configuration file. It is read, never written.
    type: path
    default: /etc/squid/squid.conf
  snippet_dir:
    description: The directory that the configuration includes, where the list's snippet is put.
    type: path
    default: /etc/squid/conf.d
  snippet_prefix:
    description: What the snippet's file name begins with. Squid reads the files of a directory in the order of names.
    type: str
    default: '20'
  list_dir:
    description: The directory for the list files that the snippet names.
    type: path
    default: /etc/squid/allowlist.d
  backup_dir:
    description: The directory for back-ups, on the host where Squid runs. The last ten of a list are kept.
    type: path
    default: /var/backups/managed_desktop.network/squid
  executable:
    description: The Squid program.
    type: path
    default: squid
  service_name:
    description: The service name, where Squid was started with C(-n).
    type: str
  proxy_url:
    description:
      - How the host itself reaches the proxy, as C(http://host:port), to ask which list is running.
      - Defaults to the first plain C(http_port) of the configuration.
    type: str
  activation_timeout:
    description: How many seconds Squid may take to run a new list before the old one is put back.
    type: float
    default: 30.0
  helper_python:
    description:
      - The Python, 3.9 or later, that the helper of a list with C(activation=helper) is started with. Squid starts it
        as its own user, such as C(proxy), so this must be one that everybody may run.
    type: path
    default: /usr/bin/python3
"""
