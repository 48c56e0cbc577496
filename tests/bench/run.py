# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure every figure that the project promises, in one run, and write them down.

Called by ``./run bench``; needs root, for the lab. With names of groups only their figures are measured. Writes
``results/bench.json``, and with ``--record`` also ``docs/measured.json``, ``docs/measured.md`` and the README's table,
which are committed.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import typing as t
from importlib import metadata
from pathlib import Path

import api
import catalogue
import fleet
import patterns
import platforms
import probes
import report
from measure import Figure

from lab import Lab
from playbooks import FromOneDesk, OneProxy, Playbooks

_LOOKS = (
    "The vendor's client sends its one to five calls and looks at nothing. Ours looks first what is there and who else "
    "is at work, locks where the device has locks, compares, and looks afterwards whether what runs is what was meant. "
    "The note says how many requests that takes. When it was looked into, waiting for answers was 0.04 to 0.09 s of "
    "ours; checking, reading and comparing 10,000 entries 0.1 to 0.25 s of processor time; the rest went with the "
    "simulated device, which works in the same process. The requests go over one connection that is kept open: before "
    "it was, ours took 2 to 13 times as long as the vendor's client."
)

REASONS = {
    "probes-uri-95": "Most of our time is Ansible's own start: see the note for how much faster than the loop a "
    "playbook would be that does next to nothing. The probes themselves take the time of the line on curl.",
    **{f"api-push-{platform}": _LOOKS for platform in ("fortios_push_feed", "fortios_url_filter", "checkpoint", "zia")},
}
"""Why a figure is missed, by its id, where that has been looked into."""


def project() -> Path:
    """Return the working tree: nox runs a copy of it that lies under its ``.cache``."""
    here = Path(__file__).resolve().parents[2]
    return next((folder.parent for folder in here.parents if folder.name == ".cache"), here)


def machine() -> dict[str, t.Any]:
    """Return what the figures were measured on."""
    model = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.M)
    told = subprocess.run(["squid", "-v"], capture_output=True, text=True, check=True).stdout
    squid = re.search(r"Version (\S+)", told)
    return {
        "cpus": os.cpu_count(),
        "model": model.group(1) if model else platform.machine(),
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
        "python": platform.python_version(),
        "ansible": metadata.version("ansible-core"),
        "squid": squid.group(1) if squid else "unknown",
        "load_before": round(os.getloadavg()[0], 2),
    }


class Measured(t.NamedTuple):
    """What one group gave: its figures, and what else is written beside them."""

    figures: list[Figure]
    growth: dict[str, t.Any]


def of_patterns(directory: Path) -> Measured:
    """Minimise a million patterns."""
    return Measured(*patterns.measure())


def of_catalogue(directory: Path) -> Measured:
    """Load, look up, import and explain."""
    loaded = [*catalogue.loading(), *catalogue.in_a_play(directory)]
    imported, growth = catalogue.importing()
    return Measured([*loaded, *imported, *catalogue.explaining()], {"import_growth": growth})


def of_lab(directory: Path) -> Measured:
    """Bring lists to the lab's Squid, and probe from a test host through it."""
    with Lab(state=directory / "lab") as lab:
        playbooks = Playbooks(directory, lab.ansible_environment())
        of_list, start = OneProxy(playbooks, lab.squid()).measure()
        names = [f"n{number}.bench.example" for number in range(max(FromOneDesk.COUNTS))]
        lab.squid().configure("30-bench.conf", "acl bench dstdomain -n .bench.example\nhttp_access allow bench\n")
        lab.squid().reconfigure()
        via = f"http://{lab.squid().address}:3128"
        in_process = probes.measure(lab, names, via)
        return Measured([*of_list, *in_process, *FromOneDesk(playbooks, names, via).measure(start)], {})


def of_platforms(directory: Path) -> Measured:
    """Bring lists to the other platforms, and compile for all of them."""
    return Measured(platforms.measure(directory), platforms.compiling())


def of_change(directory: Path) -> Measured:
    """Plan for a fleet of simulated appliances, and look for drift in it."""
    return Measured(*fleet.measure(directory))


def of_api(directory: Path) -> Measured:
    """Bring lists to simulated devices by their APIs, and look at many of them in one play."""
    return Measured(api.measure(directory), {})


GROUPS: t.Final[dict[str, t.Callable[[Path], Measured]]] = {
    "lab": of_lab,
    "platforms": of_platforms,
    "api": of_api,
    "catalogue": of_catalogue,
    "patterns": of_patterns,
    "change": of_change,
}
"""Figures that are measured together, by the name under which they can be asked for alone."""


def measure_all(directory: Path, groups: t.Sequence[str]) -> dict[str, t.Any]:
    """Measure the groups, and return the document that is written."""
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    document: dict[str, t.Any] = {"machine": machine(), "figures": []}
    for group in groups:
        measured = GROUPS[group](directory)
        show(measured.figures)
        document["figures"] += [
            {
                **figure.to_dict(),
                "group": group,
                "date": today,
                "reason": "" if figure.met else REASONS.get(figure.id, "Not looked into yet."),
            }
            for figure in measured.figures
        ]
        document.update(measured.growth)
    return document


def beside(known: dict[str, t.Any], document: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return what was recorded before with the groups of `document` measured anew, in the order of `GROUPS`."""
    anew = {figure["group"] for figure in document["figures"]}
    figures = [figure for figure in known["figures"] if figure["group"] not in anew] + document["figures"]
    order = list(GROUPS)
    figures.sort(key=lambda figure: order.index(figure["group"]))
    return {**known, **document, "figures": figures}


def known_group(name: str) -> str:
    """Return the name of a group; argparse tells what is none."""
    if name not in GROUPS:
        raise argparse.ArgumentTypeError(f"there is no group {name}; there are {', '.join(GROUPS)}")
    return name


def show(figures: t.Iterable[Figure]) -> None:
    """Print figures as they come."""
    for figure in figures:
        print(report.line(figure.to_dict()), flush=True)


def main() -> int:
    """Measure, write, and say what missed; a miss is a result and no failure."""
    parser = argparse.ArgumentParser(description="Measure every figure that the project promises.")
    parser.add_argument("--record", action="store_true", help="also write docs/measured.json and docs/measured.md")
    parser.add_argument("groups", nargs="*", type=known_group, metavar="GROUP", help=f"only these: {', '.join(GROUPS)}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        document = measure_all(Path(directory), options.groups or list(GROUPS))
    targets = [project() / "results" / "bench.json"]
    if options.record:
        targets.append(project() / "docs" / "measured.json")
        document = beside(json.loads(targets[-1].read_text(encoding="utf-8")), document)
        (project() / "docs" / "measured.md").write_text(report.markdown(document), encoding="utf-8")
        readme = project() / "README.md"
        readme.write_text(report.into_readme(readme.read_text(encoding="utf-8"), document), encoding="utf-8")
    for target in targets:
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        print(f"written: {target}")
    missed = sum(not figure["met"] for figure in document["figures"])
    print(f"{len(document['figures']) - missed} figures met, {missed} missed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
