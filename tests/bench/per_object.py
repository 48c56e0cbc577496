# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A long list onto an appliance by one task of ours, and by the vendor's collection, which sets one object a time."""

from __future__ import annotations

import json
import os
import sys
import typing as t
from pathlib import Path

from measure import Figure, Spread, scaled, side_by_side

from lab.demo.simulated.fortios import FortiOs
from lab.simulators.fortios import FortiGate
from playbooks import MANY, OURS, Playbooks, many_names

OBJECTS: t.Final = 100
REPETITIONS: t.Final = 3
PER_OBJECT_REPETITIONS: t.Final = 2
_TABLES: t.Final = ("webfilter/urlfilter", "firewall/address")


def measure(directory: Path, latency: float) -> Figure:
    """Return the figure; `latency` is in seconds and before each answer of the device.

    Raises:
        RuntimeError: the vendor's collection is not at hand, or a play did not do its work.
    """
    peers = os.environ.get("BENCH_PEERS")
    if not peers:
        raise RuntimeError("BENCH_PEERS does not say where the vendor's collection is: run this by ./run bench")
    place = directory / "per-object"
    place.mkdir()
    simulated = FortiOs(place)
    try:
        simulated.device.latency = latency
        return _figure(place, simulated, peers)
    finally:
        simulated.close()


def _figure(place: Path, simulated: FortiOs, peers: str) -> Figure:
    inventory = place / "inventory.json"
    inventory.write_text(json.dumps({"all": {"hosts": _hosts(simulated)}}), encoding="ascii")
    playbooks = Playbooks(
        place,
        {
            **simulated.environment,
            "ANSIBLE_COLLECTIONS_PATH": f"{os.environ['ANSIBLE_COLLECTIONS_PATH']}:{peers}",
            "ANSIBLE_INVENTORY": str(inventory),
            "ANSIBLE_PERSISTENT_CONTROL_PATH_DIR": str(place / "pc"),
        },
    )
    names = many_names(MANY)
    ours = playbooks.write("ours", "ours", [_ours(place, names)])
    one, loop = (
        playbooks.write(f"theirs-{count}", "theirs", [_theirs(simulated, names[:count])]) for count in (1, OBJECTS)
    )
    requests: dict[str, int] = {}

    def run(book: Path, table: str, expected: int) -> None:
        simulated.device.requests.clear()
        playbooks.run(book, 1)
        requests[book.stem] = len(simulated.device.requests)
        found = _held(simulated.device, table)
        if found != expected:
            raise RuntimeError(f"{book.name} said it did its work, and the device holds {found} of {expected}")

    def fresh() -> None:
        for table in _TABLES:
            simulated.device.vdoms["root"].tables[table].clear()

    def looped(book: Path, count: int) -> t.Callable[[], None]:
        return lambda: run(book, "firewall/address", count)

    quick = side_by_side(
        {"ours": lambda: run(ours, "webfilter/urlfilter", MANY), "one": looped(one, 1)},
        REPETITIONS,
        {"ours": fresh, "one": fresh},
    )
    slow = side_by_side({"loop": looped(loop, OBJECTS)}, PER_OBJECT_REPETITIONS, {"loop": fresh})["loop"]
    start = quick["one"].median
    return Figure(
        "api-push-per-object",
        f"the first push of {MANY:,} endpoints, `fortios_allowlist`, URL filter",
        "`fortinet.fortios.fortios_firewall_address`, one object a time",
        "times_faster",
        100,
        quick["ours"],
        _for_all(slow, start),
        ansible_inside=True,
        note=(
            f"{simulated.device.latency * 1000:.0f} ms before each answer; the loop measured over {OBJECTS} objects in "
            f"{slow.median:.0f} s with {requests[loop.stem]} requests and scaled to {MANY:,}, the start of a play "
            f"with one object ({start:.1f} s) counted once; ours asks {requests[ours.stem]} times"
        ),
    )


def _for_all(slow: Spread, start: float) -> Spread:
    """The play with one object is the start, and its one object is none of those that are scaled."""
    return scaled(slow, start, OBJECTS - 1, MANY - 1)


def _held(device: FortiGate, table: str) -> int:
    rows = device.vdoms["root"].tables[table].values()
    return sum(len(row["entries"]) if "entries" in row else 1 for row in rows)


def _hosts(simulated: FortiOs) -> dict[str, t.Any]:
    """Our module runs on the controller; theirs through a connection that stays open from object to object."""
    device = simulated.device
    python = {"ansible_python_interpreter": sys.executable}
    theirs = {
        "ansible_connection": "ansible.netcommon.httpapi",
        "ansible_network_os": "fortinet.fortios.fortios",
        "ansible_host": device.address,
        "ansible_httpapi_port": device.port,
        "ansible_httpapi_use_ssl": True,
        "ansible_httpapi_validate_certs": True,
        "ansible_httpapi_ca_path": str(device.ca_path),
        # Never sent, since there is a token; without them the plugin asks for the status before each request anew.
        "ansible_user": "automation",
        "ansible_password": "unused",
    }
    return {"ours": {**python, **simulated.variables()}, "theirs": {**python, **theirs}}


def _ours(place: Path, names: list[str]) -> dict[str, t.Any]:
    listed = place / "names.txt"
    listed.write_text("".join(f"{name}\n" for name in names), encoding="ascii")
    accepted = [
        {"property": name, "reason": "measured only"}
        for name in ("depth", "other_ports", "other_services", "ports", "nested_wildcards")
    ]
    options = {"sources": [str(listed)], "accept_loss": accepted}
    return {f"{OURS}.fortios_allowlist": f"{{{{ allowlist_fortios | combine({json.dumps(options)}) }}}}"}


def _theirs(simulated: FortiOs, names: list[str]) -> dict[str, t.Any]:
    address = {"name": "md-{{ at }}", "type": "fqdn", "fqdn": "{{ item }}"}
    token = simulated.environment["FORTIOS_ACCESS_TOKEN"]
    return {
        "fortinet.fortios.fortios_firewall_address": {
            "state": "present",
            "access_token": token,
            "firewall_address": address,
        },
        "loop": names,
        "loop_control": {"index_var": "at"},
    }
