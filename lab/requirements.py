# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab needs of the machine, said before anything is made."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import typing as t

from lab.errors import LabError

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""The search path inside every host. Root's own may lack the sbin directories."""

_PACKAGES = {
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "setsid": "util-linux",
    "pivot_root": "util-linux",
    "mount": "mount",
    "umount": "mount",
    "ip": "iproute2",
    "sleep": "coreutils",
    "dnsmasq": "dnsmasq-base",
    "squid": "squid-openssl",
    "named": "bind9",
    "rndc": "bind9",
    "unbound": "unbound",
    "unbound-control": "unbound",
    "pdns_recursor": "pdns-recursor",
    "rec_control": "pdns-recursor",
    "nginx": "nginx",
}
_ALWAYS = ("unshare", "nsenter", "setpriv", "setsid", "pivot_root", "mount", "umount", "ip", "sleep")
_OLDEST_TARGET_PYTHON = (3, 9)


def program(name: str) -> str:
    """The full path of a program; LabError names the Debian package that has it."""
    found = shutil.which(name, path=PATH)
    if found is None:
        package = _PACKAGES.get(name)
        hint = f"apt-get install {package}" if package else f"install {name}"
        raise LabError(f"the lab needs the program {name}, which is not in {PATH}: {hint}")
    return found


def check(programs: t.Iterable[str] = ()) -> None:
    """Fail with everything that is missing at once: root, and each program with its Debian package."""
    if os.geteuid() != 0:
        raise LabError("the lab makes network and mount namespaces, which only root may: run it as root")
    missing = sorted({name for name in (*_ALWAYS, *programs) if shutil.which(name, path=PATH) is None})
    if missing:
        packages = sorted({_PACKAGES.get(name, name) for name in missing})
        raise LabError(f"the lab needs {', '.join(missing)}: apt-get install {' '.join(packages)}")


def target_python() -> str:
    """The system's own Python, as the interpreter of Ansible's targets: nothing of the controller's venv leaks in."""
    directories = ("/usr/bin", "/usr/local/bin")
    candidates = [f"{directory}/python3" for directory in directories]
    candidates += [f"{directory}/python3.{minor}" for minor in range(14, 8, -1) for directory in directories]
    for candidate in candidates:
        if os.access(candidate, os.X_OK) and _version(candidate) >= _OLDEST_TARGET_PYTHON:
            return candidate
    raise LabError(f"no Python of 3.9 or later in {' or '.join(directories)}: apt-get install python3")


def _version(python: str) -> tuple[int, ...]:
    told = subprocess.run([python, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"Python (\d+)\.(\d+)", told)
    return (int(found[1]), int(found[2])) if found else (0, 0)
