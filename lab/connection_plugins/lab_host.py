# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's way into a host of the lab: nsenter(1), with the words that the lab has written down for it."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

from ansible.errors import AnsibleConnectionFailure, AnsibleError, AnsibleFileNotFound
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = r"""
name: lab_host
short_description: Run tasks in a host of the lab
description:
  - Runs commands in the namespaces of one host of the lab, on this machine.
author: managed_desktop.network contributors
options:
  lab_state:
    description: The directory of the lab.
    type: path
    required: true
    vars:
      - name: lab_state
    env:
      - name: LAB_STATE
  remote_addr:
    description: The name of the host in the lab.
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: ansible_host
extends_documentation_fragment:
  - connection_pipelining
"""


class Connection(ConnectionBase):
    """Commands through a shell of the host, files through cat."""

    transport = "lab_host"
    has_pipelining = True
    _connected: bool
    _enter: list[str]
    _environment: dict[str, str]

    def _connect(self) -> Connection:
        if not self._connected:
            file = Path(self.get_option("lab_state"), "lab.json")
            name = self.get_option("remote_addr")
            try:
                lab = json.loads(file.read_text(encoding="utf-8"))
                self._enter = lab["hosts"][name]["enter"]
            except (OSError, ValueError, KeyError) as error:
                raise AnsibleConnectionFailure(f"no host {name} of a lab in {file}: {error!r}") from error
            self._environment = lab["environment"]
            self._connected = True
        return self

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Run a shell command; return its code, output and errors."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        done = subprocess.run(
            [*self._enter, "/bin/sh", "-c", cmd],
            input=in_data or b"",
            capture_output=True,
            env=self._environment,
            check=False,
        )
        if done.returncode and done.stderr.startswith(b"nsenter: "):
            raise AnsibleConnectionFailure(f"the host has ended: {done.stderr.decode(errors='replace').strip()}")
        return done.returncode, done.stdout, done.stderr

    def put_file(self, in_path: str, out_path: str) -> None:
        """Copy a file of the controller into the host."""
        super().put_file(in_path, out_path)
        try:
            content = Path(in_path).read_bytes()
        except OSError as error:
            raise AnsibleFileNotFound(f"{in_path} cannot be read: {error}") from error
        code, _out, err = self.exec_command(f"cat > {shlex.quote(out_path)}", in_data=content)
        if code:
            raise AnsibleError(f"{out_path} cannot be written: {err.decode(errors='replace').strip()}")

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Copy a file of the host to the controller."""
        super().fetch_file(in_path, out_path)
        code, content, err = self.exec_command(f"cat {shlex.quote(in_path)}")
        if code:
            raise AnsibleError(f"{in_path} cannot be read: {err.decode(errors='replace').strip()}")
        Path(out_path).write_bytes(content)

    def close(self) -> None:
        """Nothing is held open."""
        self._connected = False
