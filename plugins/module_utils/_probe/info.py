# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""From the options of a task to its result: what the module reachability_info does."""

from __future__ import annotations

import typing as t
from collections import Counter

from ansible_collections.managed_desktop.network.plugins.module_utils._probe import tls_floor
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.model import (
    EXPECTATIONS,
    KINDS,
    SCHEMES,
    TLS_VERSIONS,
    TREATMENTS,
    Probe,
    ProbeError,
    Result,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.plan_codec import decode
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.prober import Prober, Settings
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.run import run
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.verdict import Plain, subjects, summary
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.via import Via
from ansible_collections.managed_desktop.network.plugins.module_utils._selection_options import (
    ACCEPTANCE_OPTIONS,
    SELECTION_OPTIONS,
)

Spec = dict[str, t.Any]

_PROBE: t.Final[Spec] = {
    "host": {"type": "str", "required": True},
    "port": {"type": "int"},
    "scheme": {"type": "str", "choices": list(SCHEMES), "default": "https"},
    "path": {"type": "str", "default": "/"},
    "expect": {"type": "str", "choices": list(EXPECTATIONS), "default": "allowed"},
    "kind": {"type": "str", "choices": list(KINDS), "default": "endpoint"},
    "tls": {
        "type": "dict",
        "options": {end: {"type": "str", "choices": list(TLS_VERSIONS)} for end in ("min", "max")},
    },
    "made_up": {"type": "bool", "default": False},
    "known_open": {"type": "bool", "default": False},
    "services": {"type": "list", "elements": "str", "default": []},
    "pattern": {"type": "str"},
    "group": {"type": "str"},
    "any_of": {"type": "bool", "default": False},
    "treatments": {"type": "list", "elements": "str", "choices": list(TREATMENTS), "default": []},
}

# The options from which the action plugin plans the probes, and which it does not hand on.
PLANNING_OPTIONS: t.Final[Spec] = {
    **SELECTION_OPTIONS,
    **ACCEPTANCE_OPTIONS,
    "frozen": {"type": "dict"},
    "record": {"type": "dict"},
    "denied_names": {"type": "list", "elements": "str"},
    "lab": {"type": "bool", "default": False},
}

ARGUMENT_SPEC: t.Final[Spec] = {
    "probes": {"type": "list", "elements": "dict", "options": _PROBE},
    **PLANNING_OPTIONS,
    "via": {"type": "str", "default": "direct"},
    "proxy_username": {"type": "str"},
    "proxy_password": {"type": "str", "no_log": True},
    "ca_file": {"type": "path"},
    "expected_issuers": {"type": "list", "elements": "str", "default": []},
    "block_page": {"type": "list", "elements": "str", "default": []},
    "reference": {"type": "str"},
    "timeout": {"type": "float", "default": 15.0},
    "stage_timeout": {"type": "float", "default": 5.0},
    "concurrency": {"type": "int", "default": 32},
    "plan": {"type": "str"},
}

_MOST_CONCURRENT = 256


def collect(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return the module's result for the options in `params`.

    Raises:
        ProbeError: an option or a probe does not fit.
    """
    settings = _settings(params)
    probes = _probes(params)
    floor = tls_floor.probes(_reference(params["reference"])) if params["reference"] else []
    results = run(Prober(settings), [*probes, *floor])
    plain = [result.to_dict() for result in results[: len(probes)]]
    judged = subjects(plain)
    collected: dict[str, t.Any] = {
        "summary": summary(judged),
        "counts": dict(sorted(Counter(result["cause"] for result in plain).items())),
        "failures": [_in_short(result) for subject in judged if subject.passed is False for result in subject.results],
        "unknowns": [_in_short(result) for subject in judged if subject.passed is None for result in subject.results],
        "results": plain,
        "via": settings.via.text,
    }
    if floor:
        collected["tls_floor"] = _floor(results[len(probes) :])
    return collected


def _probes(params: t.Mapping[str, t.Any]) -> list[Probe]:
    planned = sorted(
        name for name, option in PLANNING_OPTIONS.items() if params.get(name) and params[name] != option.get("default")
    )
    if planned:
        raise ProbeError(f"{planned[0]}: probes are planned by the action plugin of this collection, which did not run")
    if params["plan"] is not None:
        return decode(params["plan"])
    given = params["probes"] or []
    if not given and not params["reference"]:
        raise ProbeError("probes: there is nothing to ask for; give probes, sources, endpoints or a reference")
    return [Probe.from_dict(item, f"probes[{place}]") for place, item in enumerate(given)]


def _settings(params: t.Mapping[str, t.Any]) -> Settings:
    for name in ("timeout", "stage_timeout"):
        if not 0 < params[name] <= 3600:
            raise ProbeError(f"{name}: {params[name]:g} is not between 0 and 3600 seconds")
    if not 1 <= params["concurrency"] <= _MOST_CONCURRENT:
        raise ProbeError(f"concurrency: {params['concurrency']} is not from 1 to {_MOST_CONCURRENT}")
    return Settings(
        via=Via.parse(params["via"], params["proxy_username"], params["proxy_password"]),
        ca_file=params["ca_file"],
        expected_issuers=tuple(params["expected_issuers"]),
        block_pages=tuple(params["block_page"]),
        timeout=params["timeout"],
        stage_timeout=params["stage_timeout"],
        concurrency=params["concurrency"],
    )


def _reference(text: str) -> Probe:
    host, colon, port = text.rpartition(":") if text.count(":") == 1 else (text, "", "")
    return Probe.from_dict({"host": host if colon else text, "port": port or None, "kind": "reference"}, "reference")


def _floor(results: t.Sequence[Result]) -> dict[str, t.Any]:
    verdict = tls_floor.verdict(results)
    if "remedy" in verdict:
        verdict["how_to"] = dict(tls_floor.HOW_TO)
    return verdict


def _in_short(result: Plain) -> dict[str, t.Any]:
    short = {name: result[name] for name in ("host", "port", "expect", "cause")}
    return {**short, **result["evidence"], "services": result.get("services", [])}
