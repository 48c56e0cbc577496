# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What this controller pushed last, for devices that do not show it: a note beside the back-ups."""

from __future__ import annotations

import contextlib
import json
import os
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._files import read_text, write_durably

_FILE = ".pushed"


class PushedNote:
    """The note of one list. It counts for one object on one device, known by its uuid and the serial number."""

    def __init__(self, directory: str) -> None:
        self._path = os.path.join(directory, _FILE)

    def read(self, uuid: t.Any, serial: str | None) -> t.Any:
        """Return the content that was pushed; None where nothing is known of this object."""
        try:
            noted = json.loads(read_text(self._path))
            return noted["content"] if [noted["uuid"], noted["serial"]] == [uuid, serial] else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def write(self, uuid: t.Any, serial: str | None, content: t.Mapping[str, t.Any]) -> None:
        """Note what was pushed.

        Raises:
            OSError: it cannot be written.
        """
        self.forget()
        write_durably(self._path, json.dumps({"uuid": uuid, "serial": serial, "content": content}), 0o600)

    def forget(self) -> None:
        """Remove the note."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)
