# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The fragment of dnsmasq's configuration that makes it fill a list's sets.

A reserved name in it answers, over DNS, with the digest of the fragment and a number that is new with each writing:
that is how it is known which fragment the running dnsmasq has read, since it reads one at its start only.
"""

from __future__ import annotations

import hashlib
import re

STATE_MARK = "@FRAGMENT@/@GENERATION@"
LONGEST_LINE = 1024
"""dnsmasq 2.90 answers a longer line with "bad option" and does not start."""

_LABEL = r"[a-z0-9_-]{1,63}"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_NFTSET = re.compile(rf"nftset=/({_DOMAIN})/4#inet#([a-z0-9_]+)#([a-z0-9_]+)_4,6#inet#([a-z0-9_]+)#([a-z0-9_]+)_6")
_SERVER = re.compile(rf"(?:server|local)=/(?:\*\.)?{_DOMAIN}/(?:[0-9a-f.:]+(?:#[0-9]{{1,5}})?)?")
_LIMIT = re.compile(r"max-(?:cache-)?ttl=[0-9]{1,7}")
_STATE = re.compile(r'txt-record=([a-z0-9-]+\.allowlist\.invalid),"([^"]*)"')
_TOLD = re.compile(r"([0-9a-f]{64})/([0-9a-f]{8})")

State = tuple[str, str]
"""Digest of a fragment and generation."""


class FragmentError(ValueError):
    """A text that is no fragment of ours; the message names the line."""


def state_name(name: str) -> str:
    """Return the reserved name that answers which fragment of a list is running."""
    return f"{name.replace('_', '-')}.allowlist.invalid"


def check(text: str, name: str, table: str) -> None:
    """Refuse a fragment that has a line which no compiled list has.

    Raises:
        FragmentError: it has one; among such lines is ``nftset=//...``, by which dnsmasq lets every name through.
    """
    states = 0
    for number, line in enumerate(text.split("\n")[:-1], 1):
        if len(line) > LONGEST_LINE:
            raise FragmentError(f"line {number} has {len(line)} characters, and dnsmasq takes {LONGEST_LINE}")
        found = _NFTSET.fullmatch(line)
        if found and found.group(2) == found.group(4) == table and found.group(3) == found.group(5):
            continue
        state = _STATE.fullmatch(line)
        if state and state.group(1) == state_name(name) and state.group(2) == STATE_MARK:
            states += 1
            continue
        if (
            not (line.startswith("#") and line.isprintable())
            and not _SERVER.fullmatch(line)
            and not _LIMIT.fullmatch(line)
        ):
            raise FragmentError(f"line {number} ({ascii(line)[:100]}) is no line of a fragment of ours")
    if states != 1 or not text.endswith("\n"):
        raise FragmentError("it does not say once which fragment it is, or its last line is cut off")


def digest_of(text: str) -> str:
    """Return the digest of a fragment that still has its mark."""
    return hashlib.sha256(text.encode("latin-1")).hexdigest()


def rendered(text: str, generation: str) -> str:
    """Return the fragment as dnsmasq reads it."""
    return text.replace(STATE_MARK, f"{digest_of(text)}/{generation}")


def with_mark(raw: str) -> str:
    """Return what `rendered` was given; of a fragment that others changed, whatever it says."""
    return _STATE.sub(
        lambda m: m.group(0).replace(m.group(2), STATE_MARK) if _TOLD.fullmatch(m.group(2)) else m.group(0), raw
    )


def announced(raw: str | None) -> State | None:
    """Return digest and generation that a dnsmasq announces which has read this fragment."""
    found = _STATE.search(raw or "")
    return told(found.group(2)) if found else None


def told(text: str) -> State | None:
    """Return digest and generation of an answer to the reserved name."""
    found = _TOLD.fullmatch(text)
    return (found.group(1), found.group(2)) if found else None


def groups_by_domain(text: str | None) -> dict[str, str]:
    """Return the group of sets that each domain of a fragment feeds."""
    return {match.group(1): match.group(3) for match in _NFTSET.finditer(text or "")}


EXACT = "# Names that are asked for after each reload:"
BELOW = "# Domains, with all names below them:"


def exact_names(text: str | None) -> list[str]:
    """Return the domains of a fragment that are names of their own, to be asked for so that their sets are filled."""
    section = (text or "").partition(f"{EXACT}\n")[2].partition(f"{BELOW}\n")[0]
    return [match.group(1) for match in _NFTSET.finditer(section)]
