# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A point in time by which something must be over."""

from __future__ import annotations

import socket
import time


class Deadline:
    """The end of a stage, never later than the end of the whole probe.

    Sockets are given what is left before each call, so that a peer that sends one octet a second gains nothing.
    """

    def __init__(self, seconds: float, within: Deadline | None = None) -> None:
        self.seconds = seconds
        self.at = time.monotonic() + seconds
        if within is not None and within.at < self.at:
            self.at = within.at
            self.seconds = within.seconds

    def left(self) -> float:
        """Return the seconds left.

        Raises:
            socket.timeout: none is left.
        """
        left = self.at - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        return left

    def share(self, parts: int) -> Deadline:
        """Return an equal part of the time left, for the first of `parts` attempts."""
        return Deadline(self.left() / max(1, parts), self)

    def arm(self, sock: socket.socket) -> socket.socket:
        """Give the socket what is left of the time, and return it."""
        sock.settimeout(self.left())
        return sock
