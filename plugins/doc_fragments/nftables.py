# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options that say where a firewall and its dnsmasq are."""

    DOCUMENTATION = r"""
options:
  name:
    description: The name of the list, and of its table, C(mdn_<name>). One firewall can have several.
    type: str
    default: managed_desktop
  config_file:
    description: The ruleset that the host loads when it starts. It is read, never written.
    type: path
    default: /etc/nftables.conf
  rules_dir:
    description: The directory that O(config_file) includes, for the list's ruleset. It is made where it is missing.
    type: path
    default: /etc/nftables.d
  backup_dir:
    description: The directory for back-ups, on the firewall. The last ten of a list are kept.
    type: path
    default: /var/backups/managed_desktop.network/nftables
  executable:
    description: The nft program.
    type: path
    default: nft
  dnsmasq_executable:
    description: The dnsmasq program.
    type: path
    default: dnsmasq
  dnsmasq_config_file:
    description: The configuration file of dnsmasq. It is read, never written.
    type: path
    default: /etc/dnsmasq.conf
  dnsmasq_conf_dir:
    description: The directory that dnsmasq reads, where the list's fragment is put.
    type: path
    default: /etc/dnsmasq.d
  dnsmasq_pid_file:
    description: The file by which it is told whether dnsmasq runs.
    type: path
    default: /run/dnsmasq/dnsmasq.pid
  dnsmasq_restart:
    description: The command that restarts dnsmasq, with each argument an item. No shell reads it.
    type: list
    elements: str
    default: [systemctl, restart, dnsmasq]
  dnsmasq_address:
    description: The address at which the firewall itself asks dnsmasq which list it has.
    type: str
    default: 127.0.0.1
  dnsmasq_port:
    description: The port at that address.
    type: int
    default: 53
  activation_timeout:
    description: How many seconds dnsmasq may take to run a new list before the old one is put back.
    type: float
    default: 30.0
"""
