# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Which list the gateways run, told from when the revision that each runs was published.

A gateway cannot be asked for its URLs. The server knows the revision that each runs, and when it was published. An
object that was last modified after that is not in it as it is now. The reverse does not follow: who modifies an object
at ten and publishes at twelve is not in a revision of eleven. So a revision is only taken to have the list

- where it is the last one that was published,
- where this controller saw it run that list after an installation of its own, or
- where this controller saw an earlier one do so, and the object was not modified since.

Anything else is unknown, and told so. What the controller knows is kept beside the back-ups; it is never what a change
rests on, and what is damaged counts as absent.
"""

from __future__ import annotations

import json
import os
import secrets
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.answers import Target
from ansible_collections.managed_desktop.network.plugins.module_utils._files import read_text, write_durably

_FILE = ".installed"
_KEPT = 100

RUNS = "installed"
OLDER = "older"
NEVER = "never installed"
UNKNOWN = "unknown"


class Fact(t.NamedTuple):
    """The revision that was published at this time (milliseconds since 1970) has the list `digest`; None for no list.

    `modified` is the modification of the object that it has for certain; None where that is not known.
    """

    digest: str | None
    modified: int | None
    revision: int


class Ran(t.NamedTuple):
    """What one target runs: a word for it, and the digest of its list where that is known."""

    target: str
    state: str
    digest: str | None = None


def ran(
    targets: t.Iterable[Target],
    digest: str | None,
    modified: int | None,
    facts: t.Sequence[Fact],
    newest: t.Callable[[], int | None],
) -> tuple[list[Ran], list[Fact]]:
    """Return what each target runs, of a list that is published with `digest` and was `modified` last then, and what
    was found out by the way.

    `newest` is asked when the last revision was published, at most once and only where that decides.
    """
    asked: list[int | None] = []
    found: dict[int, tuple[str, str | None]] = {}
    learnt: list[Fact] = []

    def is_newest(revision: int) -> bool:
        if not asked:
            asked.append(newest())
        return asked[0] is not None and revision >= asked[0]

    def look(revision: int) -> tuple[str, str | None]:
        if modified is not None and any(
            fact.digest == digest and fact.modified == modified and fact.revision <= revision for fact in facts
        ):
            learnt.append(Fact(digest, modified, revision))
            return RUNS, digest
        seen = next((fact for fact in facts if fact.revision == revision), None)
        if seen is not None:
            learnt.append(Fact(seen.digest, None, revision))
            return (RUNS if seen.digest == digest else OLDER), seen.digest
        if is_newest(revision):
            learnt.append(Fact(digest, modified, revision))
            return RUNS, digest
        return (OLDER if modified is not None and revision < modified else UNKNOWN), None

    said = []
    for target in targets:
        for revision in target.revisions or ():
            if revision not in found:
                found[revision] = look(revision)
        said.append(_of_members(target, found))
    return said, learnt


def _of_members(target: Target, found: t.Mapping[int, tuple[str, str | None]]) -> Ran:
    """A cluster runs what all of its members run."""
    if target.revisions is None:
        return Ran(target.name, UNKNOWN)
    if not target.revisions:
        return Ran(target.name, NEVER)
    members = {found[revision] for revision in target.revisions}
    if len(members) == 1:
        return Ran(target.name, *next(iter(members), (UNKNOWN, None)))
    return Ran(target.name, OLDER if OLDER in {state for state, _digest in members} else UNKNOWN)


# -- what is kept ------------------------------------------------------------------------------------------------


def read_facts(directory: str) -> list[Fact]:
    """Return what is known, the latest first."""
    try:
        found = json.loads(read_text(os.path.join(directory, _FILE)))
        facts = [Fact(**item) for item in found["facts"]]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return []
    return [fact for fact in facts if _is_sound(fact)]


def _is_sound(fact: Fact) -> bool:
    return (
        (fact.digest is None or isinstance(fact.digest, str))
        and (fact.modified is None or isinstance(fact.modified, int))
        and isinstance(fact.revision, int)
    )


def keep_facts(directory: str, new: t.Iterable[Fact]) -> None:
    """Keep new facts, the latest first, beside those that are there.

    Raises:
        OSError: they cannot be written.
    """
    facts = list(dict.fromkeys([*new, *read_facts(directory)]))[:_KEPT]
    os.makedirs(directory, mode=0o700, exist_ok=True)
    temporary = os.path.join(directory, f"{_FILE}.{secrets.token_hex(4)}")
    write_durably(temporary, json.dumps({"facts": [fact._asdict() for fact in facts]}), 0o600)
    os.rename(temporary, os.path.join(directory, _FILE))


def tidy_facts(directory: str) -> None:
    """Remove what crashed runs left half-written.

    Raises:
        OSError: something of it cannot be removed.
    """
    for name in os.listdir(directory):
        if name.startswith(f"{_FILE}."):
            os.unlink(os.path.join(directory, name))
