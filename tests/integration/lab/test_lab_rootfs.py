# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts get their own files on machines of other shapes: file systems mounted apart, no overlays."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

from lab.host import REPOSITORY


def in_fresh_namespaces(script: str, *arguments: str) -> t.Any:
    """Run a script that may mount as it likes; returns what it printed as JSON."""
    done = subprocess.run(
        ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", sys.executable, "-c", script, *arguments],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_the_machine_mounts_apart_is_seen_and_var_is_still_the_hosts_own(tmp_path: Path) -> None:
    script = """
import json, os, subprocess, sys
from pathlib import Path
from lab.rootfs import enter_new_root
for place in ("/srv", "/var/tmp"):
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=True)
    Path(place, "of-the-machine").touch()
machines = os.open("/var/tmp", os.O_RDONLY)
kind = enter_new_root(Path(sys.argv[1]), "auto", {"/etc/given": "given"})
Path("/var/tmp/of-the-host").touch()
print(json.dumps([kind, os.listdir("/srv"), sorted(os.listdir("/var/tmp")), os.listdir(machines),
                  Path("/etc/given").read_text()]))
"""
    kind, srv, inside, outside, given = in_fresh_namespaces(script, str(tmp_path))
    assert (kind, given) == ("overlay", "given")
    assert srv == ["of-the-machine"]
    assert inside == ["of-the-host", "of-the-machine"]
    assert outside == ["of-the-machine"]


def test_where_the_kernel_refuses_overlays_copies_are_made_and_said(tmp_path: Path) -> None:
    script = """
import json, sys
from pathlib import Path
from lab import rootfs
def refuse(*_): raise RuntimeError("no such file system")
rootfs._overlay = refuse
kind = rootfs.enter_new_root(Path(sys.argv[1]), "auto", {"/etc/only-in-the-host": "given"})
Path("/var/log/only-in-the-host").touch()
print(json.dumps([kind, Path("/etc/only-in-the-host").read_text(), Path("/etc/passwd").exists()]))
"""
    kind, given, copied = in_fresh_namespaces(script, str(tmp_path))
    assert kind == "copies (the kernel refused an overlay)"
    assert (given, copied) == ("given", True)
    assert not Path("/etc/only-in-the-host").exists()
    assert not Path("/var/log/only-in-the-host").exists()


def test_where_an_overlay_is_demanded_its_refusal_is_an_error(tmp_path: Path) -> None:
    script = """
import json, sys
from pathlib import Path
from lab import rootfs
def refuse(*_): raise RuntimeError("no such file system")
rootfs._overlay = refuse
try:
    rootfs.enter_new_root(Path(sys.argv[1]), "overlay", {})
except RuntimeError as error:
    print(json.dumps(str(error)))
"""
    assert in_fresh_namespaces(script, str(tmp_path)) == "no such file system"
