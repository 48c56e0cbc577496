# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on the test host: ask for all names by the prober and by curl in turn, and print the seconds of each.

Both must reach every name, else there is nothing to compare.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time

from ansible_collections.managed_desktop.network.plugins.module_utils._probe.model import Probe
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.prober import Prober, Settings
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.run import run
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.via import Via


def probe(order: dict) -> None:
    """Ask by the prober."""
    settings = Settings(via=Via.parse(order["via"]), ca_file=order["ca_file"], concurrency=order["concurrency"])
    results = run(Prober(settings), [Probe(host=name) for name in order["names"]])
    refused = [result for result in results if result.cause != "ok"]
    if refused:
        raise SystemExit(f"{len(refused)} probes failed, the first: {refused[0].to_dict()}")


def curl(order: dict, config: str) -> None:
    """Ask by curl."""
    command = ["curl", "--parallel", "--parallel-max", str(order["concurrency"]), "--config", config]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or done.stdout != "200\n" * len(order["names"]):
        raise SystemExit(f"curl failed: {done.returncode} {done.stdout[-300:]} {done.stderr[-300:]}")


def curl_config(order: dict) -> str:
    """Return the text of curl's configuration file."""
    lines = ["silent", "show-error", "http1.1", 'write-out = "%{http_code}\\n"']
    lines += [f'proxy = "{order["via"]}"', f'cacert = "{order["ca_file"]}"']
    for name in order["names"]:
        lines += [f'url = "https://{name}/"', 'output = "/dev/null"']
    return "\n".join(lines) + "\n"


def main() -> None:
    """Take turns and print the times."""
    order = json.load(sys.stdin)
    with tempfile.NamedTemporaryFile("w", suffix=".curl") as config:
        config.write(curl_config(order))
        config.flush()
        works = {"ours": lambda: probe(order), "curl": lambda: curl(order, config.name)}
        seconds: dict = {name: [] for name in works}
        for turn in range(-1, order["repetitions"]):  # the first is not counted: the origin makes certificates
            for name in sorted(works, reverse=turn % 2 == 0):
                begun = time.perf_counter()
                works[name]()
                if turn >= 0:
                    seconds[name].append(time.perf_counter() - begun)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
