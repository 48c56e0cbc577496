# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the probes that standard input describes as JSON, and print the results as JSON.

This is how the tests run the prober under another Python or in another network namespace: with nothing but the
standard library, and the collection on PYTHONPATH.
"""

from __future__ import annotations

import json
import sys
import time

from ansible_collections.managed_desktop.network.plugins.module_utils._probe.model import Probe
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.prober import Prober, Settings
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.run import run
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.via import Via


def main() -> None:
    """Read, probe, print; the time is that of making the prober and running it."""
    asked = json.load(sys.stdin)
    probes = [Probe.from_dict(item) for item in asked["probes"]]
    begun = time.monotonic()
    settings = {key: tuple(value) if isinstance(value, list) else value for key, value in asked["settings"].items()}
    prober = Prober(Settings(via=Via.parse(asked["via"]), **settings))
    results = [result.to_dict() for result in run(prober, probes)]
    json.dump({"results": results, "seconds": time.monotonic() - begun}, sys.stdout)


if __name__ == "__main__":
    main()
