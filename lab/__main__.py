# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m lab: the lab by hand."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import typing as t
from pathlib import Path

from lab import state as states
from lab.errors import LabError
from lab.host import ENVIRONMENT
from lab.lab import Lab
from lab.topologies import office
from lab.topology import Topology


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab", description="A network on one machine, in namespaces.")
    parser.add_argument(
        "--state",
        type=Path,
        default=states.DEFAULT,
        metavar="DIR",
        help="the lab's own directory (default: %(default)s); each directory is a lab of its own",
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up", help="bring the lab up")
    shape = up.add_mutually_exclusive_group()
    shape.add_argument("--desks", type=int, default=2, metavar="N", help="test hosts of the standard lab")
    shape.add_argument("--topology", type=Path, metavar="FILE", help="another lab, described in JSON")
    verbs.add_parser("down", help="take it down; safe to repeat")
    verbs.add_parser("status", help="show hosts and services")
    execute = verbs.add_parser("exec", help="run a command on a host")
    execute.add_argument("host")
    execute.add_argument("command", nargs=argparse.REMAINDER)
    verbs.add_parser("inventory", help="print the Ansible inventory")
    return parser


def main(arguments: t.Sequence[str]) -> int:
    """Do what one verb says. Returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _do(options)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


def _do(options: argparse.Namespace) -> int:
    if options.verb == "up":
        begun = time.monotonic()
        lab = Lab(_topology(options), options.state).up()
        print(f"{len(lab.hosts)} hosts up in {time.monotonic() - begun:.1f} s; state in {lab.state}")
    elif options.verb == "down":
        Lab(state=options.state).down()
    elif options.verb == "status":
        return _status(Lab.attach(options.state))
    elif options.verb == "inventory":
        print(Lab.attach(options.state).inventory(), end="")
    else:
        host = Lab.attach(options.state).host(options.host)
        command = [*host.enter(), *(options.command or ["/bin/sh"])]
        kept = {name: os.environ[name] for name in ("TERM", "COLUMNS", "LINES") if name in os.environ}
        os.execve(command[0], command, {**ENVIRONMENT, **kept})
    return 0


def _topology(options: argparse.Namespace) -> Topology:
    if options.topology is None:
        return office(options.desks)
    try:
        return Topology.from_dict(json.loads(options.topology.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise LabError(f"{options.topology}: {error}") from error


def _status(lab: Lab) -> int:
    """One line per host; 1 when anything that should run does not."""
    services = lab.services
    healthy = True
    for spec in lab.topology.hosts:
        host = lab.hosts.get(spec.name)
        standing = host is not None and host.alive
        line = f"{spec.name:12} {spec.address:15} {'up' if standing else 'GONE':4}"
        if host is not None and standing:
            line += f" pid {host.holder.pid:<7} files: {host.root_kind}"
        if spec.name in services:
            running = standing and services[spec.name].running
            line += f"  {spec.service}: {'running' if running else 'NOT RUNNING'}"
            standing = standing and running
        healthy = healthy and standing
        print(line)
    return 0 if healthy else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
