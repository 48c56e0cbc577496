# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""From what was seen to whether it is what was wanted."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._probe.causes import UNKNOWN
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.model import Probe

Plain = t.Mapping[str, t.Any]
"""A result as `Result.to_dict` returns it."""


def passes(probe: Probe, cause: str, policy: str, expects_issuers: bool, has_login: bool) -> bool | None:
    """Tell whether a result is what the probe expects; None where nothing is proved.

    Two treatments can be broken although the traffic passes: an endpoint to be spared inspection, or any endpoint
    where the issuers to expect were named, must not be intercepted; and one to be spared the login must not be asked.
    """
    if probe.expect == "allowed":
        if cause == "tls_intercepted" and (expects_issuers or "bypass_inspection" in probe.treatments):
            return False
        if cause == "proxy_auth_required" and not has_login and "bypass_authentication" in probe.treatments:
            return False
    return None if policy == UNKNOWN else policy == probe.expect


class Subject(t.NamedTuple):
    """What is judged as one: a lone probe, or a group of alternatives of which one suffices."""

    passed: bool | None
    results: list[Plain]


def subjects(results: t.Iterable[Plain]) -> list[Subject]:
    """Return what is judged, in the order of the results.

    A group passes with one that passes; else it fails with one that fails, since none works; else nothing is known.
    """
    gathered: dict[t.Any, list[Plain]] = {}
    for place, result in enumerate(results):
        gathered.setdefault(result.get("group") if result.get("any_of") else place, []).append(result)
    judged = []
    for members in gathered.values():
        outcomes = {member["passed"] for member in members}
        judged.append(Subject(True if True in outcomes else False if False in outcomes else None, members))
    return judged


def summary(judged: t.Sequence[Subject]) -> dict[str, int]:
    """Return how many subjects there are, and how many passed, failed, or stayed unknown."""
    return {
        "total": len(judged),
        "passed": sum(subject.passed is True for subject in judged),
        "failed": sum(subject.passed is False for subject in judged),
        "unknown": sum(subject.passed is None for subject in judged),
    }
