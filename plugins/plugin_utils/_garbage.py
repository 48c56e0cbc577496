# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that makes many values which all stay, without Python's search for garbage among them."""

from __future__ import annotations

import contextlib
import gc
import typing as t


@contextlib.contextmanager
def no_garbage_collection() -> t.Iterator[None]:
    """Spare what compiles or reads a long list the garbage collector.

    Its many values are no garbage, but their number alone sets off collections that walk over all of Ansible's own
    memory: a third of the whole time with 10,000 endpoints. The more there are, the longer each takes.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
