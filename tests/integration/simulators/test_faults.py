# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault at every request, on every simulated device: all of it in `./run faults`, a sample in `./run test`."""

from __future__ import annotations

import json
import os
import typing as t
from collections import Counter
from pathlib import Path

import pytest

from lab.simulators.faults import Fault
from tests.integration.simulators import faults
from tests.integration.simulators.platforms import TARGETS
from tests.integration.simulators.target import NEW, ApiTarget

FULL: t.Final = os.environ.get("ALLOWLIST_FAULTS") == "full"
RESULTS: t.Final = Path(os.environ.get("ALLOWLIST_FAULTS_RESULTS") or ".cache/faults") / "simulated"
SAMPLE: t.Final = 2


@pytest.mark.parametrize("target", list(TARGETS), indirect=True)
def test_whatever_fails_at_whatever_request_nothing_is_lost(target: ApiTarget) -> None:
    chosen = faults.cases(target, None if FULL else SAMPLE)
    assert {case.kind for case in chosen} == set(Fault)
    tallies: dict[str, Counter[str]] = {kind.value: Counter() for kind in Fault}
    for case in chosen:
        tallies[case.kind.value][faults.disturbed(target, case)] += 1
    RESULTS.mkdir(parents=True, exist_ok=True)
    about = {
        "platform": target.platform,
        "version": f"{max(case.at for case in chosen)} requests",
        "section": "simulated",
        "size": len(NEW),
    }
    for order, (kind, tally) in enumerate(tallies.items(), 100):
        path = RESULTS / f"{target.platform}-{order}.json"
        path.write_text(json.dumps({**about, "kind": kind, "order": order, "found": tally}), encoding="utf-8")
