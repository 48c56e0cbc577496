# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The prober against curl, from one test host through the proxy, at the same concurrency."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

from measure import Figure, Spread

from lab import Lab
from playbooks import CA_FILE, CONCURRENCY, FromOneDesk

REPETITIONS = 7
ON_HOST = Path(__file__).with_name("probes_on_host.py")
PYTHON = "/usr/bin/python3"


def measure(lab: Lab, names: t.Sequence[str], via: str) -> list[Figure]:
    """Return the figures of probing in process."""
    figures = []
    for count in FromOneDesk.COUNTS:
        order = {
            "names": list(names[:count]),
            "via": via,
            "ca_file": CA_FILE,
            "concurrency": CONCURRENCY,
            "repetitions": REPETITIONS,
        }
        environment = {"PYTHONPATH": os.environ["PYTHONPATH"]}
        done = lab.run("desk1", [PYTHON, str(ON_HOST)], input=json.dumps(order), env=environment, timeout=600)
        told = json.loads(done.stdout)
        figures.append(
            Figure(
                f"probes-curl-{count}",
                f"{count:,} probes through the proxy, the prober in process",
                f"`curl --parallel --parallel-max {CONCURRENCY}`",
                "at_most",
                1.5,
                Spread(tuple(told["ours"])),
                Spread(tuple(told["curl"])),
                ansible_inside=False,
                note="the start of curl is in its time, that of Python is not in ours",
            )
        )
    return figures
