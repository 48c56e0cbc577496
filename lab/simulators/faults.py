# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong between a client and a device, and at which request."""

from __future__ import annotations

import enum
import threading
from dataclasses import dataclass, field


class Fault(enum.Enum):
    """What becomes of a request. Where it is not said otherwise, the device does what it is asked for."""

    DELAY = "delay"
    """Answered, later than anybody waits."""
    ERROR = "500"
    """Not done, and answered with status 500."""
    ERROR_AFTER = "500 after the fact"
    """Done, and answered with status 500."""
    UNAVAILABLE = "503"
    """Not done, and answered with status 503."""
    BUSY = "429"
    """Not done, and answered with status 429 and a Retry-After."""
    CUT_OFF = "cut off"
    """Done, and half of the answer sent."""
    NO_HANDSHAKE = "TLS abort"
    """The connection is closed before TLS begins, so that nothing was asked for."""
    LOST = "answer lost"
    """Done, and the connection closed without an answer."""
    GARBAGE = "garbage"
    """Done, and answered with what is of no known form."""


@dataclass
class FaultScript:
    """Which requests, counted from 1 since the script was set, meet which fault; `forever` from that one on."""

    kind: Fault | None = None
    at: int = 0
    forever: bool = False
    seconds: float = 5.0
    """How long `Fault.DELAY` takes."""
    seen: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def next(self) -> Fault | None:
        """Count one request, and return what becomes of it."""
        with self._lock:
            self.seen += 1
            return self._of(self.seen)

    def coming(self) -> Fault | None:
        """Return what becomes of the next request, and count none."""
        with self._lock:
            return self._of(self.seen + 1)

    def _of(self, number: int) -> Fault | None:
        meets = number == self.at or (self.forever and number > self.at)
        return self.kind if self.kind is not None and meets else None
