# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Vendors' own collections, which ours is measured against, out of the package that carries a hundred of them.

That package cannot be installed beside the newest ansible-core, and what is needed of it is a tenth of its size.
"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

CARRIER = "ansible==12.3.0"
COLLECTIONS = ("fortinet.fortios", "check_point.mgmt", "ansible.netcommon", "ansible.utils")
"""Those that are measured, and what they need."""


def are_in(folder: Path) -> bool:
    """Return whether a folder has all of the COLLECTIONS; one of an earlier release of ours may lack some."""
    return all((folder / "ansible_collections" / name.replace(".", "/")).is_dir() for name in COLLECTIONS)


def unpack(wheel: Path, folder: Path) -> None:
    """Take the COLLECTIONS out of a wheel of CARRIER into `folder`, which is there only when it is whole.

    Raises:
        ValueError: the wheel does not have one of them.
    """
    half = folder.with_name(f"{folder.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    with zipfile.ZipFile(wheel) as packed:
        for collection in COLLECTIONS:
            start = f"ansible_collections/{collection.replace('.', '/')}/"
            names = [name for name in packed.namelist() if name.startswith(start)]
            if not names:
                raise ValueError(f"{wheel.name} has no collection {collection}: see which release of it does")
            packed.extractall(half, names)
    shutil.rmtree(folder, ignore_errors=True)
    half.rename(folder)
