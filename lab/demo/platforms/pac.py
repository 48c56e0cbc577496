# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A PAC file on the lab's web server: what it lists goes directly, the rest by a Squid that lets nobody out.

The prober evaluates no scripts, so the role allowlist_verify cannot follow a PAC file. Here the script that is served
to a desk is asked by pacparser, on the controller, where each name goes, and the module reachability_info then probes
each from the desk by that way.
"""

from __future__ import annotations

import re
import typing as t
import warnings

from ansible_collections.managed_desktop.network.plugins.module_utils._probe.model import Probe
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.plan_codec import encode
from ansible_collections.managed_desktop.network.plugins.plugin_utils import _verification
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import parse_acceptances
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selected import editions_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._probes import Options, plan
from ansible_collections.managed_desktop.network.plugins.plugin_utils._selection import read_options, selected

from lab import Lab, requirements
from lab.demo.lists import Listing
from lab.demo.platforms.base import Json, Platform, Stored, exchange, policies
from lab.demo.stage import DemoError, Stage, expect
from lab.services.nginx import PAC_FILE, PAC_TYPE
from lab.topologies import pac_office
from lab.topology import CA_FILE, DOMAIN, Topology

_REFERENCE = "www.microsoft.com"  # as the role has it
_URL = f"http://web.{DOMAIN}/proxy.pac"
_FETCH = (
    "import sys, urllib.request as r; a = r.build_opener(r.ProxyHandler({})).open(sys.argv[1], timeout=10); "
    "print(a.headers.get_content_type()); print(a.read().decode('latin-1'))"
)
_BY_PROXY = re.compile(r"PROXY ([0-9.]+:[0-9]+)")


class Pac(Platform):
    """nginx, whose one file the module writes."""

    name = "pac"
    title = "PAC file"
    surroundings = "an internet, a resolver, a Squid that refuses everything, an nginx with a PAC file, two test hosts"
    appliance = "web"
    before = "denied"

    def topology(self) -> Topology:
        """Return the office with a web server."""
        return pac_office()

    def variables(self) -> Json:
        """Return where the file stands, and what goes by the proxy: everything that is not listed."""
        proxy = self.topology().host("proxy").address
        return {"allowlist_pac": {"path": PAC_FILE, "url": _URL, "proxies": [f"{proxy}:3128"], "listed": ["DIRECT"]}}

    def break_list(self, lab: Lab, removed: str, added: str) -> None:
        """Edit the file; nginx serves what it holds."""
        exchange(lab.host(self.appliance).path(PAC_FILE), f'\n["{removed}",', f'\n["{added}",')

    def stored(self, stage: Stage) -> Stored:
        """Ask the module, which asks nginx."""
        told: Json = stage.ad_hoc(self.appliance, "pac_file_info", {"path": PAC_FILE, "url": _URL})
        running = told["running"]
        return Stored(told["in_step"], running["state"], told["stored"]["entries"], str(running.get("digest")))

    def ask(self, stage: Stage, desk: str, names: t.Sequence[str]) -> dict[str, str]:
        """Ask for each name by the way that the script tells."""
        found: dict[str, str] = {}
        for way, of_way in _by_way(stage.lab, desk, [Probe(name) for name in names]).items():
            found.update(policies(stage, desk, way, [probe.host for probe in of_way]))
        return found

    def verify(self, stage: Stage, listing: Listing) -> Json:
        """Probe by the way that the script tells for each name, and put the results together."""
        given = {name.removeprefix("allowlist_"): value for name, value in listing.settings(self.name).items()}
        selection = selected(read_options(given), _no_files)
        accepted = tuple(parse_acceptances(given.get("accept_loss", [])))
        planned = plan(selection.endpoints, Options(tuple(given.get("denied_names", ())), accepted=accepted))
        facts = {"unprobed": planned.unprobed, "editions": editions_of(selection)}
        desks = sorted(name for name in stage.lab.hosts if name.startswith("desk"))
        report = _verification.report({desk: {**_probed(stage, desk, planned.probes), **facts} for desk in desks})
        stage.show_reachability(report)
        return report


def _probed(stage: Stage, desk: str, probes: t.Sequence[Probe]) -> Json:
    """Return the results of a desk, each by the way that its script tells."""
    to_reference = next(iter(_by_way(stage.lab, desk, [Probe(_REFERENCE)])))
    together: Json = {"results": []}
    for way, of_way in _by_way(stage.lab, desk, probes).items():
        print(
            f"   $ ansible {desk} -m reachability_info: {len(of_way)} probes, {way}, as the PAC file says", flush=True
        )
        asked = {"via": way, "ca_file": CA_FILE, "plan": encode(of_way)}
        found = stage.ad_hoc(
            desk, "reachability_info", {**asked, "reference": _REFERENCE} if way == to_reference else asked
        )
        together["results"] += found["results"]
        if "tls_floor" in found:
            together["tls_floor"] = found["tls_floor"]
    return together


def _by_way(lab: Lab, desk: str, probes: t.Sequence[Probe]) -> dict[str, list[Probe]]:
    """Return the probes by the ways (``direct``, or a proxy) that the script tells, as it is served to the desk."""
    ways: dict[str, list[Probe]] = {}
    urls = [f"{probe.scheme.replace('tcp', 'https')}://{probe.host}:{probe.port}{probe.path}" for probe in probes]
    told = _evaluated(_served(lab, desk), [(url, probe.host) for url, probe in zip(urls, probes, strict=True)])
    for probe, answer in zip(probes, told, strict=True):
        ways.setdefault(_way(answer), []).append(probe)
    return ways


def _served(lab: Lab, desk: str) -> str:
    done = lab.run(desk, [requirements.target_python(), "-c", _FETCH, _URL])
    kind, _newline, script = done.stdout.partition("\n")
    expect(kind == PAC_TYPE, f"{_URL} served as {PAC_TYPE}, found {kind!r}")
    return script


def _evaluated(script: str, asked: t.Sequence[tuple[str, str]]) -> list[str]:
    """Return what the script answers to each URL and host."""
    with warnings.catch_warnings():  # of pacparser's own code, where it is compiled for the first time
        warnings.simplefilter("ignore")
        import pacparser

    pacparser.init()
    try:
        pacparser.parse_pac_string(script)
        return [str(pacparser.find_proxy(url, host)) for url, host in asked]
    finally:
        pacparser.cleanup()


def _way(answer: str) -> str:
    """Return an answer of the script as the module's option via writes it."""
    if answer == "DIRECT":
        return "direct"
    proxy = _BY_PROXY.fullmatch(answer)
    if proxy is None:
        raise DemoError(f"the PAC file answers {answer!r}, which is neither DIRECT nor the proxy")
    return f"http://{proxy[1]}"


def _no_files(name: str) -> t.NoReturn:
    raise DemoError(f"the demo's lists are shipped ones, and {name} is not")
