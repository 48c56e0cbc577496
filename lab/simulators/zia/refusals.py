# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service answers where it does not do what it is asked for."""

from __future__ import annotations

from lab.simulators.server import Reply


class Refusal(Exception):
    """Nothing was done, and `reply` says why."""

    def __init__(self, reply: Reply) -> None:
        """With the answer that says so."""
        super().__init__(reply.status)
        self.reply = reply


def refused(status: int, code: str | None, message: str | None = None, **headers: str) -> Refusal:
    """Return the error that the service gives, in the form that it was recorded in."""
    told = {key: value for key, value in (("code", code), ("message", message)) if value is not None}
    return Refusal(Reply.of_json(told, status, **headers))


def no_such_resource() -> Refusal:
    """An address that the API does not have, recorded with an empty body."""
    return Refusal(Reply(b"", 404))


def invalid_body() -> Refusal:
    """A body that is none of the endpoint's."""
    return refused(400, None, "Request body is invalid.")


def invalid(message: str) -> Refusal:
    """A body whose values do not fit."""
    return refused(400, "INVALID_INPUT_ARGUMENT", message)
