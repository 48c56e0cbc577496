# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can keep an update from being taken. Whatever it is, the edition in force stays in force."""

from __future__ import annotations


class UpdateError(ValueError):
    """An update that was not taken; the message says what was tried, what was found and what to do."""


class RefusedAnswer(UpdateError):
    """A source answered, and the answer is not fit to be an edition."""


class Busy(UpdateError):
    """A source asked not to be asked for a while: `seconds` from now."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds
