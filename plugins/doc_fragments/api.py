# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Devices that are managed through an API, by the controller."""

    DOCUMENTATION = r"""
notes:
  - The controller speaks to the device itself, over HTTPS. Nothing is run on a host, so the task needs neither a
    connection nor delegation, and the host of the inventory only stands for the device.
attributes:
  platform:
    description: Runs on the controller; nothing is installed on the device.
    support: full
    platforms: posix
options:
  name:
    description: The name of the list. One device can have several; each touches nothing of the others.
    type: str
    default: managed_desktop
  host:
    description: The name or address of the device's management API.
    type: str
    required: true
  port:
    description: The port of it.
    type: int
    default: 443
  validate_certs:
    description: Verify the device's certificate. Without that, whoever stands between can read the credentials.
    type: bool
    default: true
  ca_path:
    description: A file with the certificate authorities that are trusted for the device, in PEM.
    type: path
  use_proxy:
    description: Use the proxy that the controller's environment names.
    type: bool
    default: false
  timeout:
    description: How many seconds one answer of the device may take.
    type: float
    default: 30.0
  backup_dir:
    description:
      - The directory on the controller for back-ups, the last ten of each list, and for what runs of the same
        controller have to know of each other. Where runs begin in a fresh container, make it a volume.
    type: path
    default: ~/.ansible/managed_desktop.network
"""

    SETS = r"""
attributes:
  check_mode:
    description:
      - Predicts exactly what the real run does, and writes nothing, neither on the device nor on the controller. Where
        the API wants a login even for reading, that is all.
    support: full
  diff_mode:
    description: Shows endpoints by service.
    support: full
  idempotent:
    description: A second run changes and writes nothing.
    support: full
  action:
    description: All of it is done on the controller.
    support: full
options:
  state:
    description: V(present) sets the list, V(absent) removes it.
    type: str
    choices: [present, absent]
    default: present
  activation_timeout:
    description: How many seconds the device may take to put a list in force.
    type: float
    default: 600.0
"""

    READS = r"""
attributes:
  check_mode:
    description: Reads only.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
  idempotent:
    description: Reads only.
    support: full
  action:
    description: All of it is done on the controller.
    support: full
options:
  include_entries:
    description: Return the stored entries too, by service.
    type: bool
    default: false
"""
