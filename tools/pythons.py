# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Python interpreters of this machine."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

_NAME = re.compile(r"python3\.\d+")


@functools.cache
def find_interpreters() -> dict[str, str]:
    """Return the path of a real interpreter for each version ("3.11") that PATH leads to.

    Virtual environments are left out, and so are pyenv's shims, which fail for every version that is not its
    chosen one (ansible-test then stops with return code 127); the interpreters behind the shims are taken instead.
    """
    found: dict[str, str] = {}
    for directory in _directories():
        for program in sorted(directory.glob("python3.*")):
            if _NAME.fullmatch(program.name) and os.access(program, os.X_OK) and not _is_script(program):
                found.setdefault(program.name.removeprefix("python"), str(program))
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    found.setdefault(own, str(Path(sys.base_prefix, "bin", f"python{own}")))
    return found


def path_without_shims() -> str:
    """Return PATH with the directories of the real interpreters in place of pyenv's shims."""
    entries = [entry for entry in os.environ["PATH"].split(os.pathsep) if Path(entry).name != "shims"]
    behind_shims = [str(Path(program).parent) for program in find_interpreters().values()]
    return os.pathsep.join(dict.fromkeys(entries + behind_shims))


def _directories() -> Iterator[Path]:
    for entry in map(Path, os.environ["PATH"].split(os.pathsep)):
        if entry.name == "shims":
            yield from sorted((entry.parent / "versions").glob("*/bin"))
        elif not (entry.parent / "pyvenv.cfg").exists():
            yield entry


def _is_script(program: Path) -> bool:
    with program.open("rb") as stream:
        return stream.read(2) == b"#!"
