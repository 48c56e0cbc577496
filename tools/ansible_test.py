# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pip bootstrap of `ansible-test`, for machines that cannot reach its host."""

from __future__ import annotations

import urllib.error
import urllib.request

from .tree import HOME

_SCRIPT_URL = "https://ci-files.testing.ansible.com/ansible-test/get-pip-{release}.py"
_STAND_IN = '''\
"""Install pip {release} from the package index: stands in for get-pip.py, whose host could not be reached."""
import glob, os, subprocess, sys, tempfile

with tempfile.TemporaryDirectory() as folder:
    subprocess.check_call(
        [{python!r}, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, "pip=={release}"])
    wheel = glob.glob(os.path.join(folder, "pip-*.whl"))[0]
    wanted = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
    sys.exit(subprocess.call([sys.executable, os.path.join(wheel, "pip"), "install"] + wanted))
'''


def provide_get_pip(release: str, python: str) -> str | None:
    """Put a stand-in where ansible-test looks for its pip bootstrap, if the script itself cannot be downloaded.

    `release` is the pip release that this ansible-test asks for, `python` an interpreter that has pip.
    Returns what was done, or None where the script is there or can be reached.
    """
    script = HOME / ".ansible" / "test" / "cache" / f"get_pip_{release.replace('.', '_')}.py"
    if script.exists():
        return None
    url = _SCRIPT_URL.format(release=release)
    try:
        urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=10).close()
    except (urllib.error.URLError, TimeoutError) as error:
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(_STAND_IN.format(release=release, python=python), encoding="utf-8")
        return f"{url} cannot be reached ({error}): pip {release} is taken from the package index instead"
    return None
