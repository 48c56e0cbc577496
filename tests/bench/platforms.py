# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The platforms beside Squid: a long list onto each, and how long each dialect takes to compile one."""

from __future__ import annotations

import time
import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.fragment import rendered
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import feed, nftables, pac, rpz, squid
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint
from measure import Figure, side_by_side

from lab import Lab
from lab.services import DnsFirewall
from lab.services.gateway import FRAGMENTS, RESTART, RULES
from lab.topologies import branch, dns_firewalls
from playbooks import MANY, OURS, Playbooks, many_names

SIZES = (10_000, 100_000)


class OnePlatform(t.NamedTuple):
    """The playbooks of one platform on one host, and the way back to a host without a list."""

    module: str
    host: str
    push: Path
    copy: Path
    changes: int
    plain: str
    without_list: t.Callable[[], None]
    note: str = "ours also checks, backs up, and waits until the list is seen to run, where it can be"


def of_dns_firewall(playbooks: Playbooks, lab: Lab, names: Path) -> OnePlatform:
    """Bring zones to the lab's BIND; the plain way copies finished zones and reloads them."""
    server = lab.services["bind"]
    assert isinstance(server, DnsFirewall)
    options = server.options_of_module
    content = rpz.compile([Endpoint.from_dict({"host": n}) for n in many_names(MANY)], rpz.Options("managed_desktop"))
    tasks: list[dict[str, t.Any]] = []
    for kind, text in content.content.items():
        zone = f"managed_desktop.{kind}.rpz"
        finished = playbooks.directory / zone
        filled = text.replace("@SERIAL@", "4000000000").replace("@DIGEST@", "0" * 64)
        finished.write_text(filled, encoding="ascii")
        copy = {"src": str(finished), "dest": f"{options['zone_dir']}/{zone}", "mode": "0644"}
        tasks.append({"ansible.builtin.copy": copy, "notify": f"reload {kind}"})
    handlers = [
        {
            "name": f"reload {kind}",
            "ansible.builtin.command": " ".join([*options["control"], "reload", f"managed_desktop.{kind}.rpz"]),
        }
        for kind in content.content
    ]
    call = {**options, "sources": [str(names)]}
    return OnePlatform(
        "rpz_allowlist",
        "bind",
        playbooks.write("rpz", "bind", [{f"{OURS}.rpz_allowlist": call}]),
        playbooks.write("rpz-copy", "bind", tasks, handlers=handlers),
        4,
        "`ansible.builtin.copy` of the finished zones, with handlers that reload them",
        server.reset,
    )


def of_script(playbooks: Playbooks, lab: Lab, names: Path) -> OnePlatform:
    """Write a proxy auto-configuration file on a host of the lab; the plain way copies the finished one."""
    options = pac.Options.from_dict({"name": "managed_desktop", "proxies": ["proxy.example:3128"]})
    body = pac.compile([Endpoint.from_dict({"host": name}) for name in many_names(MANY)], options).content["body"]
    finished = playbooks.directory / "finished.pac"
    finished.write_text(body, encoding="ascii")
    call = {"path": "/srv/proxy.pac", "proxies": ["proxy.example:3128"], "sources": [str(names)]}
    copy = {"src": str(finished), "dest": "/srv/proxy.pac", "mode": "0644"}
    return OnePlatform(
        "pac_file",
        "desk1",
        playbooks.write("pac", "desk1", [{f"{OURS}.pac_file": call}]),
        playbooks.write("pac-copy", "desk1", [{"ansible.builtin.copy": copy}]),
        1,
        "`ansible.builtin.copy` of the finished file",
        lambda: lab.run("desk1", ["rm", "-rf", "/srv/proxy.pac", "/var/backups/managed_desktop.network"]) and None,
    )


def of_firewall(playbooks: Playbooks, lab: Lab, names: Path) -> OnePlatform:
    """Bring a list to the lab's firewall; the plain way copies the finished files, loads and restarts.

    Neither asks for the names afterwards: how long that takes is a matter of who answers, and it can be limited.
    """
    endpoints = [Endpoint.from_dict({"host": name}) for name in many_names(MANY)]
    content = nftables.compile(endpoints, nftables.Options("managed_desktop")).content
    files = {
        f"{RULES}/allowlist-managed_desktop.nft": content["ruleset"],
        f"{FRAGMENTS}/allowlist-managed_desktop.conf": rendered(content["fragment"], "0" * 8),
    }
    handlers = [
        {"name": "load", "ansible.builtin.command": f"nft -f {RULES}/allowlist-managed_desktop.nft"},
        {"name": "restart", "ansible.builtin.command": RESTART},
    ]
    tasks: list[dict[str, t.Any]] = []
    for (dest, text), handler in zip(files.items(), handlers, strict=True):
        finished = playbooks.directory / Path(dest).name
        finished.write_text(text, encoding="ascii")
        copy = {"src": str(finished), "dest": dest, "mode": "0640"}
        tasks.append({"ansible.builtin.copy": copy, "notify": handler["name"]})
    accepted = [{"property": "shared_addresses", "reason": "measured only"}]
    call = {"dnsmasq_restart": [RESTART], "warm_up": 0, "accept_loss": accepted, "sources": [str(names)]}
    return OnePlatform(
        "nftables_allowlist",
        "gateway",
        playbooks.write("nftables", "gateway", [{f"{OURS}.nftables_allowlist": call}]),
        playbooks.write("nftables-copy", "gateway", tasks, handlers=handlers),
        4,
        "`ansible.builtin.copy` of the finished files, with handlers that call `nft -f` and restart dnsmasq",
        lab.gateway().reset,
        "ours also checks, backs up, and waits until dnsmasq says that it has the list; with `warm_up: 0`, since the "
        "plain way asks for no names either",
    )


def measure(directory: Path) -> list[Figure]:
    """Return the figures of the first push and of a second run, for each platform."""
    names = directory / "names.txt"
    names.write_text("".join(f"{name}\n" for name in many_names(MANY)), encoding="ascii")
    figures = []
    with Lab(dns_firewalls(), state=directory / "dns-lab") as lab:
        playbooks = Playbooks(directory, lab.ansible_environment())
        for platform in (of_dns_firewall(playbooks, lab, names), of_script(playbooks, lab, names)):
            figures += _of_one(playbooks, platform)
    with Lab(branch(), state=directory / "branch-lab") as lab:
        playbooks = Playbooks(directory, lab.ansible_environment())
        figures += _of_one(playbooks, of_firewall(playbooks, lab, names))
    return figures


def _of_one(playbooks: Playbooks, platform: OnePlatform) -> list[Figure]:
    ping = playbooks.write(f"ping-{platform.host}", platform.host, [{"ansible.builtin.ping": {}}])
    push = side_by_side(
        {"ours": playbooks.work(platform.push, 1), "copy": playbooks.work(platform.copy, platform.changes)},
        5,
        {"ours": platform.without_list, "copy": platform.without_list},
    )
    platform.without_list()
    playbooks.run(platform.push, 1)
    again = side_by_side({"ping": playbooks.work(ping, 0), "ours": playbooks.work(platform.push, 0)}, 9)
    return [
        Figure(
            f"push-{platform.module}",
            f"the first `{platform.module}` of 10,000 endpoints",
            platform.plain,
            "at_most",
            2.0,
            push["ours"],
            push["copy"],
            ansible_inside=True,
            note=platform.note,
        ),
        Figure(
            f"again-{platform.module}",
            f"a second `{platform.module}` task, no change, 10,000 endpoints",
            "`ansible.builtin.ping` on the same host",
            "at_most",
            1.5,
            again["ours"],
            again["ping"],
            ansible_inside=True,
        ),
    ]


def compiling() -> dict[str, t.Any]:
    """Return how many microseconds each dialect takes an endpoint, for lists of two sizes."""
    feeds = feed.Options.from_dict({"name": "bench", "feed_format": "panos_url", "max_entries": 10**6})
    scripts = pac.Options.from_dict({"name": "bench", "proxies": ["proxy.example:3128"]})
    dialects: dict[str, t.Callable[[list[Endpoint]], object]] = {
        "squid": lambda endpoints: squid.compile(endpoints, squid.Options("bench")),
        "rpz": lambda endpoints: rpz.compile(endpoints, rpz.Options("bench")),
        "nftables": lambda endpoints: nftables.compile(endpoints, nftables.Options("bench")),
        "pac": lambda endpoints: pac.compile(endpoints, scripts),
        "feed": lambda endpoints: feed.compile(endpoints, feeds),
    }
    rows = []
    for name, compile_list in dialects.items():
        row: dict[str, t.Any] = {"dialect": name}
        for size in SIZES if name != "pac" else SIZES[:1]:  # a script of 100,000 is larger than browsers take
            endpoints = [Endpoint.from_dict({"host": host}) for host in many_names(size)]
            row[f"microseconds_each_{size}"] = min(_microseconds(compile_list, endpoints) for _turn in range(3))
        rows.append(row)
    return {"compile_growth": rows}


def _microseconds(compile_list: t.Callable[[list[Endpoint]], object], endpoints: list[Endpoint]) -> float:
    begun = time.process_time()
    compile_list(endpoints)
    return round((time.process_time() - begun) * 1e6 / len(endpoints), 2)
