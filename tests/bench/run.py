# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure every figure that the project promises, in one run, and write them down.

Called by ``./run bench``; needs root, for the lab. Writes ``results/bench.json``, and with ``--record`` also
``docs/measured.json`` and ``docs/measured.md``, which are committed.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import re
import sys
import tempfile
import typing as t
from importlib import metadata
from pathlib import Path

import patterns
import probes
import report
from measure import Figure

from lab import Lab
from playbooks import FromOneDesk, OneProxy, Playbooks

REASONS = {
    "probes-uri-95": "Most of our time is Ansible's own start: see the note for how much faster than the loop a "
    "playbook would be that does next to nothing. The probes themselves take the time of the line on curl.",
}
"""Why a figure is missed, by its id, where that has been looked into."""


def project() -> Path:
    """Return the working tree: nox runs a copy of it that lies under its ``.cache``."""
    here = Path(__file__).resolve().parents[2]
    return next((folder.parent for folder in here.parents if folder.name == ".cache"), here)


def machine(lab: Lab) -> dict[str, t.Any]:
    """Return what the figures were measured on."""
    model = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.M)
    squid = re.search(r"Version (\S+)", lab.run("proxy", ["squid", "-v"]).stdout)
    return {
        "cpus": os.cpu_count(),
        "model": model.group(1) if model else platform.machine(),
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
        "python": platform.python_version(),
        "ansible": metadata.version("ansible-core"),
        "squid": squid.group(1) if squid else "unknown",
        "load_before": round(os.getloadavg()[0], 2),
    }


def measure_all(directory: Path) -> dict[str, t.Any]:
    """Measure everything, and return the document that is written."""
    figures, growth = patterns.measure()
    show(figures)
    with Lab(state=directory / "lab") as lab:
        found = machine(lab)
        playbooks = Playbooks(lab, directory)
        proxy = OneProxy(playbooks)
        of_list, start = proxy.measure()
        show(of_list)
        names = [f"n{number}.bench.example" for number in range(max(FromOneDesk.COUNTS))]
        lab.squid().configure("30-bench.conf", "acl bench dstdomain -n .bench.example\nhttp_access allow bench\n")
        lab.squid().reconfigure()
        via = f"http://{lab.squid().address}:3128"
        in_process = probes.measure(lab, names, via)
        show(in_process)
        as_playbook = FromOneDesk(playbooks, names, via).measure(start)
        show(as_playbook)
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "machine": found,
        "figures": [
            {**figure.to_dict(), "reason": "" if figure.met else REASONS.get(figure.id, "Not looked into yet.")}
            for figure in [*of_list, *in_process, *as_playbook, *figures]
        ],
        **growth,
    }


def show(figures: t.Iterable[Figure]) -> None:
    """Print figures as they come."""
    for figure in figures:
        print(report.line(figure.to_dict()), flush=True)


def main() -> int:
    """Measure, write, and say what missed; a miss is a result and no failure."""
    parser = argparse.ArgumentParser(description="Measure every figure that the project promises.")
    parser.add_argument("--record", action="store_true", help="also write docs/measured.json and docs/measured.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        document = measure_all(Path(directory))
    targets = [project() / "results" / "bench.json"]
    if options.record:
        targets.append(project() / "docs" / "measured.json")
        (project() / "docs" / "measured.md").write_text(report.markdown(document), encoding="utf-8")
    for target in targets:
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        print(f"written: {target}")
    missed = sum(not figure["met"] for figure in document["figures"])
    print(f"{len(document['figures']) - missed} figures met, {missed} missed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
