# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first process of a host. It turns fresh namespaces into a host, reports, and then only keeps them alive.

Started by ``lab.host.start`` under unshare(1), in new mount, UTS, IPC, network and PID namespaces.
Being process 1 of its PID namespace, its end takes every process of the host with it, and the last process takes the
namespaces, the mounts and the interfaces: killing it is all that cleaning up needs.

Conversation: the argument is JSON; one line of JSON goes to stdout (``pid`` as the machine sees it, ``root``; or
``error``); then it waits for the word "keep" on stdin. An end of file instead means that whoever asked for the host
died before writing it down, so the host ends too.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import typing as t
from pathlib import Path

from lab.rootfs import enter_new_root

# Tests ask tens of thousands of questions of one port within a minute, more than there are ports by default while
# each closed connection keeps its own for 60 s.
_FOR_MANY_CONNECTIONS = {"tcp_tw_reuse": "1", "ip_local_port_range": "15000 65535"}


def become(spec: t.Mapping[str, t.Any]) -> str:
    """Make this process's namespaces the host that the specification describes; returns the kind of root."""
    socket.sethostname(spec["name"])
    if spec["root"] == "machine":
        return "machine"
    kind = enter_new_root(Path(spec["base"]), spec["root"], spec["files"])
    for setting, value in _FOR_MANY_CONNECTIONS.items():
        Path("/proc/sys/net/ipv4", setting).write_text(value, encoding="ascii")
    return kind


def main() -> None:
    """Become the host, report, wait for the word, and turn into sleep(1)."""
    # The machine's /proc is still mounted here, so this is the pid by which the machine knows us.
    pid = int(Path("/proc/self").readlink().name)
    os.umask(0o022)
    try:
        report = {"pid": pid, "root": become(json.loads(sys.argv[1]))}
    except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
        report = {"error": str(error)}
    print(json.dumps(report), flush=True)
    if "error" in report or sys.stdin.readline().strip() != "keep":
        sys.exit(1)
    nowhere = os.open("/dev/null", os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    # An ignored SIGCHLD survives exec: the kernel then reaps the host's orphans, and sleep(1) need not.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    os.execvp("sleep", ["sleep", "infinity"])


if __name__ == "__main__":
    main()
