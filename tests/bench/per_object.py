# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A long list onto an appliance by one task of ours, and by a vendor's collection, which sets one object a time."""

from __future__ import annotations

import abc
import json
import os
import sys
import typing as t
from pathlib import Path

from measure import Figure, Spread, scaled, side_by_side

from lab.demo.simulated.base import Json, Simulated
from lab.demo.simulated.checkpoint import CheckPoint
from lab.demo.simulated.fortios import FortiOs
from playbooks import ACCEPTED, MANY, OURS, Playbooks, many_names

OBJECTS: t.Final = 100
REPETITIONS: t.Final = 3
PER_OBJECT_REPETITIONS: t.Final = 2


class Peer(abc.ABC):
    """A device, our module for it, and the vendor's that sets one object a time."""

    simulated: Simulated
    ours: t.ClassVar[str]
    theirs: t.ClassVar[str]
    network_os: t.ClassVar[str]
    left_out: t.ClassVar[str] = ""
    """What ours does and theirs does not, for the note."""

    @abc.abstractmethod
    def login(self) -> Json:
        """Return the variables by which the vendor's connection logs in."""

    @abc.abstractmethod
    def task(self) -> Json:
        """Return the options of the vendor's module for one ``item``, the ``at``-th."""

    @abc.abstractmethod
    def fresh(self) -> None:
        """Take everything from the device that either way left."""

    @abc.abstractmethod
    def held(self, by_ours: bool) -> int:
        """Return how many names the device has, where the one way puts them."""

    def hosts(self) -> Json:
        """Our module runs on the controller; theirs through a connection that stays open from object to object."""
        device = self.simulated.device
        python = {"ansible_python_interpreter": sys.executable}
        theirs = {
            "ansible_connection": "ansible.netcommon.httpapi",
            "ansible_network_os": self.network_os,
            "ansible_host": device.address,
            "ansible_httpapi_port": device.port,
            "ansible_httpapi_use_ssl": True,
            "ansible_httpapi_validate_certs": True,
            "ansible_httpapi_ca_path": str(device.ca_path),
            **self.login(),
        }
        return {"ours": {**python, **self.simulated.variables()}, "theirs": {**python, **theirs}}


class FortiOsPeer(Peer):
    """Address objects, as companies keep them one by one."""

    ours = "fortios"
    theirs = "fortinet.fortios.fortios_firewall_address"
    network_os = "fortinet.fortios.fortios"
    _TABLES: t.Final = ("webfilter/urlfilter", "firewall/address")
    simulated: FortiOs

    def __init__(self, directory: Path) -> None:
        """Start the device."""
        self.simulated = FortiOs(directory)

    def login(self) -> Json:
        # Never sent, since there is a token; without them the plugin asks for the status before each request anew.
        return {"ansible_user": "automation", "ansible_password": "unused"}

    def task(self) -> Json:
        address = {"name": "md-{{ at }}", "type": "fqdn", "fqdn": "{{ item }}"}
        token = self.simulated.environment["FORTIOS_ACCESS_TOKEN"]
        return {"state": "present", "access_token": token, "firewall_address": address}

    def fresh(self) -> None:
        for table in self._TABLES:
            self.simulated.device.vdoms["root"].tables[table].clear()

    def held(self, by_ours: bool) -> int:
        rows = self.simulated.device.vdoms["root"].tables[self._TABLES[0 if by_ours else 1]].values()
        return sum(len(row["entries"]) if "entries" in row else 1 for row in rows)


class CheckPointPeer(Peer):
    """Application-sites of one name each, in one session."""

    ours = "checkpoint"
    theirs = "check_point.mgmt.cp_mgmt_application_site"
    network_os = "check_point.mgmt.checkpoint"
    left_out = "; theirs was neither published nor installed, ours is both"
    simulated: CheckPoint

    def __init__(self, directory: Path) -> None:
        """Start the server."""
        self.simulated = CheckPoint(directory)
        self._before = len(self.simulated.device.domain.revisions)

    def login(self) -> Json:
        named = self.simulated.environment
        return {"ansible_user": named["CHECKPOINT_USERNAME"], "ansible_password": named["CHECKPOINT_PASSWORD"]}

    def task(self) -> Json:
        return {"name": "md-{{ at }}", "url_list": ["{{ item }}"], "primary_category": "Custom_Application_Site"}

    def fresh(self) -> None:
        domain = self.simulated.device.domain
        domain.sessions.clear()
        del domain.revisions[self._before :]
        for gateway in domain.packages["Standard"].gateways:
            gateway.revision = domain.revisions[-1]

    def held(self, by_ours: bool) -> int:
        if by_ours:
            return len(self.simulated.running())
        return sum(len(session.changes) for session in self.simulated.device.domain.sessions)


def measure(directory: Path, latency: float) -> list[Figure]:
    """Return the figures; `latency` is in seconds and before each answer of the device.

    Raises:
        RuntimeError: the vendors' collections are not at hand, or a play did not do its work.
    """
    peers = os.environ.get("BENCH_PEERS")
    if not peers:
        raise RuntimeError("BENCH_PEERS does not say where the vendors' collections are: run this by ./run bench")
    found = []
    for kind in (FortiOsPeer, CheckPointPeer):
        place = directory / f"per-object-{kind.ours}"
        place.mkdir()
        peer = kind(place)
        try:
            peer.simulated.device.latency = latency
            found.append(_figure(place, peer, peers))
        finally:
            peer.simulated.close()
    return found


def _figure(place: Path, peer: Peer, peers: str) -> Figure:
    inventory = place / "inventory.json"
    inventory.write_text(json.dumps({"all": {"hosts": peer.hosts()}}), encoding="ascii")
    playbooks = Playbooks(
        place,
        {
            **peer.simulated.environment,
            "ANSIBLE_COLLECTIONS_PATH": f"{os.environ['ANSIBLE_COLLECTIONS_PATH']}:{peers}",
            "ANSIBLE_INVENTORY": str(inventory),
            "ANSIBLE_PERSISTENT_CONTROL_PATH_DIR": str(place / "pc"),
        },
    )
    device = peer.simulated.device
    names = many_names(MANY)
    ours = playbooks.write("ours", "ours", [_ours(place, peer, names)])
    one, loop = (playbooks.write(f"theirs-{count}", "theirs", [_theirs(peer, names[:count])]) for count in (1, OBJECTS))
    requests: dict[str, int] = {}

    def run(book: Path, expected: int) -> None:
        device.requests.clear()
        playbooks.run(book, 1)
        requests[book.stem] = len(device.requests)
        found = peer.held(book is ours)
        if found != expected:
            raise RuntimeError(f"{book.name} said it did its work, and the device holds {found} of {expected}")

    quick = side_by_side(
        {"ours": lambda: run(ours, MANY), "one": lambda: run(one, 1)},
        REPETITIONS,
        {"ours": peer.fresh, "one": peer.fresh},
    )
    slow = side_by_side({"loop": lambda: run(loop, OBJECTS)}, PER_OBJECT_REPETITIONS, {"loop": peer.fresh})["loop"]
    start = quick["one"].median
    return Figure(
        f"api-per-object-{peer.ours}",
        f"the first push of {MANY:,} endpoints, `{peer.ours}_allowlist`",
        f"`{peer.theirs}`, one object a time",
        "times_faster",
        100,
        quick["ours"],
        _for_all(slow, start),
        ansible_inside=True,
        note=(
            f"{device.latency * 1000:.0f} ms before each answer; the loop measured over {OBJECTS} objects in "
            f"{slow.median:.0f} s with {requests[loop.stem]} requests and scaled to {MANY:,}, the start of a play "
            f"with one object ({start:.1f} s) counted once; ours asks {requests[ours.stem]} times{peer.left_out}"
        ),
    )


def _for_all(slow: Spread, start: float) -> Spread:
    """The play with one object is the start, and its one object is none of those that are scaled."""
    return scaled(slow, start, OBJECTS - 1, MANY - 1)


def _ours(place: Path, peer: Peer, names: list[str]) -> Json:
    listed = place / "names.txt"
    listed.write_text("".join(f"{name}\n" for name in names), encoding="ascii")
    options = {"sources": [str(listed)], "accept_loss": ACCEPTED}
    return {f"{OURS}.{peer.ours}_allowlist": f"{{{{ allowlist_{peer.ours} | combine({json.dumps(options)}) }}}}"}


def _theirs(peer: Peer, names: list[str]) -> Json:
    return {peer.theirs: peer.task(), "loop": names, "loop_control": {"index_var": "at"}}
