# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals as the management API words them, and the check of what a command was given."""

from __future__ import annotations

import typing as t

from lab.simulators.checkpoint.state import Json


class Refusal(Exception):
    """An answer that is an error: the status, the code and the message, and what validation found."""

    def __init__(self, status: int, code: str, message: str, errors: t.Sequence[str] = ()) -> None:
        """Word an error as the server does."""
        super().__init__(message)
        self.status = status
        self.body: Json = {"code": code, "message": message}
        if errors:
            self.body["errors"] = [{"message": text} for text in errors]


def not_found(what: str) -> Refusal:
    """There is no such object."""
    return Refusal(404, "generic_err_object_not_found", f"Requested object [{what}] not found")


def invalid(text: str) -> Refusal:
    """The object would not be valid."""
    return Refusal(400, "err_validation_failed", "Validation failed with 1 error", [text])


def wrong_session(sid: str) -> Refusal:
    """The session is none, or is over. The server does repeat the identifier."""
    return Refusal(
        401,
        "generic_err_wrong_session_id",
        f"Wrong session id [{sid}]. Session may be expired. Please check session id and resend the request.",
    )


def locked(name: str) -> Refusal:
    """Somebody else is changing the object."""
    text = f"Object '{name}' is locked by another session."
    return Refusal(400, "generic_error", f"Action cannot be executed on object: {name} due to: {text}", [text])


Forms = t.Mapping[str, "type | tuple[type, ...]"]
"""What a command takes: the name of each parameter, and the types of its value."""

DETAILS: Forms = {"details-level": str}
PAGING: Forms = {**DETAILS, "limit": int, "offset": int, "order": list, "filter": str}


def checked(given: t.Any, forms: Forms, required: t.Collection[str] = ()) -> Json:
    """Return the parameters of a command, if it knows each of them and has all that it needs.

    Raises:
        Refusal: it does not.
    """
    if not isinstance(given, dict):
        raise Refusal(400, "generic_err_invalid_syntax", "Payload is not valid")
    for name, value in given.items():
        if name not in forms:
            raise Refusal(400, "generic_err_invalid_parameter_name", f"Unrecognized parameter [{name}]")
        allowed = forms[name]
        if not isinstance(value, allowed) or (isinstance(value, bool) and allowed is int):
            raise Refusal(400, "generic_err_invalid_parameter", f"Invalid parameter for [{name}]. Invalid value")
    for name in required:
        if name not in given:
            raise Refusal(400, "generic_err_missing_required_parameters", f"Missing parameter: [{name}]")
    if given.get("details-level", "full") not in ("uid", "standard", "full"):
        raise Refusal(400, "generic_err_invalid_parameter", "Invalid parameter for [details-level]. Invalid value")
    if not 1 <= given.get("limit", 50) <= 500:
        raise Refusal(400, "generic_err_invalid_parameter", "Invalid parameter for [limit]. Invalid value")
    return given


def identified(given: Json) -> str:
    """Return the name or uid that a command was given.

    Raises:
        Refusal: it was given neither, or both.
    """
    if ("name" in given) == ("uid" in given):
        raise Refusal(400, "generic_err_missing_required_parameters", "Missing parameter: [uid or name]")
    return str(given.get("name", given.get("uid")))
