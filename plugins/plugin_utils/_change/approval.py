# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who approved which plan, for when: read, checked, and where it is wanted proved by a signature of ssh-keygen.

An approval is a mapping in YAML:

    change: CHG-1234
    plan: 0b6f…              the SHA-256 of plan.json
    approver: bob
    ticket: CHG-1234
    not_before: 2026-11-27T20:00:00Z
    not_after: 2026-11-27T23:00:00Z
"""

from __future__ import annotations

import datetime
import subprocess
import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.safe_yaml import load_yaml
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
    Plain,
    digest_of,
    read_bytes,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import quoted

NOT_REQUIRED, REQUIRED, SIGNED = "false", "true", "signed"
CHOICES: t.Final = (NOT_REQUIRED, REQUIRED, SIGNED)
NAMESPACE: t.Final = "managed_desktop.network"
"""What a signature is for: one that was made for anything else does not fit."""

NOBODY: t.Final = "nobody named"
"""Stands for who planned, where nothing says who it was."""

_KEYS: t.Final = ("change", "plan", "approver", "ticket", "not_before", "not_after")
_TIMES: t.Final = ("not_before", "not_after")
_SECONDS: t.Final = 20


@dataclass(frozen=True)
class Policy:
    """What is wanted of an approval: `required` is one of `CHOICES`."""

    required: str = NOT_REQUIRED
    allowed_signers: str = ""
    four_eyes: bool = False


def check(directory: ChangeDirectory, plan: Plain, digest: str, policy: Policy, now: datetime.datetime) -> Plain | None:
    """Return the approval of a plan, None where there is none and none is wanted.

    Also the ``sha256`` of its file, and whether it is ``signed``: that was verified, and by its approver.

    Raises:
        ChangeError: it does not approve this plan now; the message says why.
    """
    try:
        content = read_bytes(directory.approval)
    except FileNotFoundError as error:
        if policy.required == NOT_REQUIRED and not policy.four_eyes:
            return None
        raise ChangeError(
            f"Change {directory.id} is not approved: {directory.approval} is not there. Whoever approves it writes "
            f"{', '.join(_KEYS)} into it; the plan's digest is {digest}."
        ) from error
    approval = _parsed(directory.approval, content)
    _refuse_other(directory, plan, digest, approval)
    _refuse_outside(directory, approval, now)
    if policy.four_eyes and plan["planned_by"] == NOBODY:
        raise ChangeError(
            f"allowlist_four_eyes wants two people, and nobody is named who planned change {directory.id}, so that "
            f"{approval['approver']} may be the one. Plan it again with -e allowlist_planned_by=NAME."
        )
    if policy.four_eyes and approval["approver"].casefold() == str(plan["planned_by"]).casefold():
        raise ChangeError(
            f"{approval['approver']} approved what {plan['planned_by']} planned, and allowlist_four_eyes wants two "
            "people. Have somebody else approve it."
        )
    if policy.required == SIGNED:
        _verify(directory.approval, content, approval["approver"], policy.allowed_signers)
    return {**approval, "sha256": digest_of(content), "signed": policy.required == SIGNED}


def _parsed(path: Path, content: bytes) -> dict[str, str]:
    try:
        found = load_yaml(content.decode("utf-8"))
    except (CatalogueError, UnicodeDecodeError) as error:
        raise ChangeError(f"{path} cannot be read: {error}") from error
    if not isinstance(found, dict) or set(found) != set(_KEYS):
        raise ChangeError(f"{path} is no approval: it has to have {', '.join(_KEYS)}, and nothing else.")
    return {
        key: _instant(path, key, found[key]) if key.startswith("not_") else _word(path, key, found[key])
        for key in _KEYS
    }


def _word(path: Path, key: str, value: t.Any) -> str:
    text = str(value).strip()
    if not text or not text.isprintable() or isinstance(value, (dict, list)):
        raise ChangeError(f"{path}: {key} says nothing, or has characters that cannot be shown.")
    return text


def _instant(path: Path, key: str, value: t.Any) -> str:
    """Return a time as UTC in ISO 8601; YAML has made some of them times already, in UTC where a zone was given."""
    try:
        found = value if isinstance(value, datetime.datetime) else datetime.datetime.fromisoformat(_iso(str(value)))
    except ValueError as error:
        raise ChangeError(f"{path}: {key} {quoted(str(value))} is no time such as 2026-11-27T20:00:00Z.") from error
    if found.tzinfo is None:
        raise ChangeError(
            f"{path}: {key} {quoted(str(value))} has no time zone. Write it as 2026-11-27T20:00:00Z or with an offset."
        )
    return written(found)


def _iso(text: str) -> str:
    return f"{text[:-1]}+00:00" if text[-1:] in ("Z", "z") else text


def written(instant: datetime.datetime) -> str:
    """Return a time as it is written everywhere here: UTC, to the second."""
    return instant.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _refuse_other(directory: ChangeDirectory, plan: Plain, digest: str, approval: t.Mapping[str, str]) -> None:
    if approval["change"] != directory.id:
        raise ChangeError(
            f"{directory.approval} approves change {quoted(approval['change'])}, not {directory.id}. An approval is "
            "for one change, and cannot be used for another."
        )
    if approval["plan"] != digest:
        raise ChangeError(
            f"{directory.approval} approves another plan: it names {quoted(approval['plan'])}, and plan.json has "
            f"{digest}. The plan was made anew, or altered, after it was approved. Have this one approved."
        )
    if approval["ticket"] != plan["ticket"]:
        raise ChangeError(
            f"{directory.approval} names ticket {quoted(approval['ticket'])}, and the plan is for {plan['ticket']}. "
            "Correct the ticket in the approval."
        )


def _refuse_outside(directory: ChangeDirectory, approval: t.Mapping[str, str], now: datetime.datetime) -> None:
    moment = written(now)
    if moment < approval["not_before"]:
        raise ChangeError(
            f"Change {directory.id} may begin at {approval['not_before']}, and it is {moment}. Run it then."
        )
    if moment > approval["not_after"]:
        raise ChangeError(
            f"The approval of change {directory.id} expired at {approval['not_after']}, and it is {moment}. Have a new "
            "window approved."
        )


def _verify(path: Path, content: bytes, approver: str, allowed_signers: str) -> None:
    """Have ssh-keygen verify who signed the approval.

    Raises:
        ChangeError: nobody who may, or it cannot be verified.
    """
    signature = path.with_name(f"{path.name}.sig")
    if not allowed_signers:
        raise ChangeError(
            "allowlist_require_approval is signed, but allowlist_allowed_signers names no file that says who may "
            "approve. Its form is described in ssh-keygen(1), ALLOWED SIGNERS."
        )
    if not signature.exists():
        raise ChangeError(
            f"{path} is not signed: {signature} is not there. {approver} signs it with: ssh-keygen -Y sign -n "
            f"{NAMESPACE} -f KEY {path}"
        )
    command = [
        "ssh-keygen",
        "-Y",
        "verify",
        "-n",
        NAMESPACE,
        "-f",
        allowed_signers,
        "-I",
        approver,
        "-s",
        str(signature),
    ]
    try:
        done = subprocess.run(
            [*command, "-s", str(signature)], input=content, capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ChangeError(f"The signature of {path} cannot be verified: {error}. Is OpenSSH installed here?") from error
    if done.returncode:
        said = ascii(done.stderr.decode("utf-8", "replace").strip() or done.stdout.decode("utf-8", "replace").strip())
        raise ChangeError(
            f"{path} is not signed by {approver} as {allowed_signers} wants it ({said[1:-1][:300]}). It was altered "
            "after it was signed, or signed with a key that may not approve."
        )
