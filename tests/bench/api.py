# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The platforms that are managed by an API: a long list onto each, by us and by the vendor's own client; and all."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import typing as t
import warnings
from pathlib import Path

import per_object
from ansible_collections.managed_desktop.network.plugins.module_utils._api import jobs
from measure import Figure, Spread, side_by_side

from lab.demo.simulated import SIMULATED
from lab.demo.simulated.base import Simulated
from lab.simulators.checkpoint import ManagementServer
from lab.simulators.fortios import FortiGate as SimulatedFortiGate
from lab.simulators.panos import Panos
from lab.simulators.zia import KEY, PASSWORD, USER, Zia
from playbooks import ACCEPTED, MANY, OURS, many_names
from tests.integration.simulators.checkpoint.target import CheckPointTarget
from tests.integration.simulators.fortios.target import TOKEN, FeedTarget, FilterTarget
from tests.integration.simulators.panos.panos_target import PanosTarget
from tests.integration.simulators.target import ApiTarget
from tests.integration.simulators.zia.target import ZiaTarget

LATENCY: t.Final = 0.005
"""Seconds before each answer of a simulated device."""
REPETITIONS: t.Final = 5
APPLIANCES: t.Final = 200
PART: t.Final = 4
ENDPOINTS: t.Final = 1000
FEWER: t.Final = 10
FORKS: t.Final = 20

Push = t.Callable[[t.Any, list[str]], None]
"""Sets a whole list by the vendor's own client, and has it put in force."""


def by_panos(device: Panos, entries: list[str]) -> None:
    """pan-os-python: the category as a whole, and a commit."""
    from panos.firewall import Firewall
    from panos.objects import CustomUrlCategory

    firewall = Firewall(device.address, "automation", "s3cret-Pa55", port=device.port)
    firewall.interval = 0
    firewall.add(CustomUrlCategory("theirs", entries, type="URL List")).apply()
    assert firewall.commit(sync=True)["success"]


def by_fortigate_filter(device: SimulatedFortiGate, entries: list[str]) -> None:
    """fortigate-api: the table as a whole."""
    from fortigate_api import FortiGateAPI

    lines = [{"id": n, "url": url, "type": "simple", "action": "exempt"} for n, url in enumerate(entries, 1)]
    with FortiGateAPI(host=device.address, port=device.port, token=TOKEN) as client:
        tables = client.cmdb.webfilter.urlfilter
        if not tables.is_exist(8):
            assert tables.create({"id": 8, "name": "theirs", "entries": []}).ok
        assert tables.update({"id": 8, "entries": lines}).ok


def by_fortigate_feed(device: SimulatedFortiGate, entries: list[str]) -> None:
    """fortigate-api: a snapshot."""
    from fortigate_api import FortiGate, FortiGateAPI

    place = {"host": device.address, "port": device.port, "token": TOKEN}
    with FortiGateAPI(**place) as client:
        feeds = client.cmdb.system.external_resource
        if not feeds.is_exist("theirs"):
            assert feeds.create({"name": "theirs", "type": "domain", "update-method": "push", "category": 193}).ok
    pushed = {"commands": [{"name": "theirs", "command": "snapshot", "entries": entries}]}
    with FortiGate(**place) as client:
        assert client.post("api/v2/monitor/system/external-resource/dynamic", pushed).ok


def by_checkpoint(server: ManagementServer, entries: list[str]) -> None:
    """cp-mgmt-api-sdk: the site as a whole, published and installed."""
    from cpapi import APIClient, APIClientArgs

    arguments = APIClientArgs(
        server=server.address, port=server.port, unsafe=True, sync_frequency=0.02, single_conn=True
    )
    with APIClient(arguments) as client:
        assert client.login("robot", CheckPointTarget.secrets[0]).success
        site: dict[str, t.Any] = {"name": "theirs-too", "urls-defined-as-regular-expression": True}
        if not client.api_call("show-application-site", {"name": "theirs-too"}).success:
            made = {**site, "primary-category": "Custom_Application_Site", "url-list": ["a"]}
            assert client.api_call("add-application-site", made).success
        assert client.api_call("set-application-site", {**site, "url-list": entries}).success
        assert client.api_call("publish").success
        assert client.api_call("install-policy", {"policy-package": "Standard"}).success


def by_zia(tenant: Zia, entries: list[str]) -> None:
    """zscaler-sdk-python: the category as a whole, and the activation."""
    from zscaler.zia.legacy import LegacyZIAClientHelper

    with LegacyZIAClientHelper(
        cloud="zscaler", override_url=tenant.url, username=USER, password=PASSWORD, api_key=KEY, timeout=30
    ) as client:
        found, _answer, error = client.url_categories.add_url_category(
            configured_name=f"theirs {len(tenant.categories.by_id)}", super_category="USER_DEFINED", urls=entries
        )
        assert error is None and found is not None, error
        _found, _answer, error = client.activate.activate()
        assert error is None, error


class Pushed(t.NamedTuple):
    """One platform, and what its vendor's client is called and does."""

    target: type[ApiTarget]
    title: str
    client: str
    push: Push


PUSHED: t.Final = (
    Pushed(PanosTarget, "`panos_allowlist`", "`pan-os-python`, `apply` and a commit", by_panos),
    Pushed(FeedTarget, "`fortios_allowlist`, push feed", "`fortigate-api`, one snapshot", by_fortigate_feed),
    Pushed(FilterTarget, "`fortios_allowlist`, URL filter", "`fortigate-api`, one update", by_fortigate_filter),
    Pushed(CheckPointTarget, "`checkpoint_allowlist`", "`cp-mgmt-api-sdk`, set, publish, install", by_checkpoint),
    Pushed(ZiaTarget, "`zia_allowlist`", "`zscaler-sdk-python`, one category, activated", by_zia),
)


def pushing(directory: Path) -> list[Figure]:
    """Return a figure for each platform: the first push of a long list by us and by the vendor's client."""
    names = many_names(MANY)
    figures = []
    for one in PUSHED:
        with tempfile.TemporaryDirectory(dir=directory) as folder, _for_clients():
            figures.append(_figure(one, one.target(Path(folder)), names))
    return figures


@contextlib.contextmanager
def _for_clients() -> t.Iterator[None]:
    """Let nobody wait between two looks, and the clients warn of what is theirs."""
    waited, jobs.sleep = jobs.sleep, lambda _seconds: None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        jobs.sleep = waited


def _figure(one: Pushed, target: ApiTarget, names: list[str]) -> Figure:
    target.fresh()
    entries = [entry.split(" ")[-1] for entry in target.entries(*names)]
    compiled = target.told(target.compiled(*names))
    requests: list[int] = []

    def fresh() -> None:
        target.fresh()
        target.simulator.latency = LATENCY
        os.environ["REQUESTS_CA_BUNDLE"] = str(target.simulator.ca_path)

    def ours() -> None:
        target.simulator.requests.clear()
        target.set(compiled)
        requests.append(len(target.simulator.requests))

    try:
        found = side_by_side(
            {"ours": ours, "theirs": lambda: one.push(target.simulator, entries)},
            REPETITIONS,
            {"ours": fresh, "theirs": fresh},
        )
        fresh()
        target.set(compiled)
        target.simulator.requests.clear()
        target.set(compiled)
        again = len(target.simulator.requests)
    finally:
        target.simulator.close()
    return Figure(
        f"api-push-{target.platform}",
        f"the first push of {MANY:,} endpoints, {one.title}",
        one.client,
        "at_most",
        1.3,
        found["ours"],
        found["theirs"],
        ansible_inside=False,
        note=(
            f"{LATENCY * 1000:.0f} ms before each answer; ours asks {requests[-1]} times, since it looks what is "
            f"there, who else is at work and what came of it; {again} times where nothing changes"
        ),
    )


# -- all together ------------------------------------------------------------------------------------------------


def fleet(directory: Path) -> Figure:
    """Return the figure of one play over many simulated appliances of four kinds, where nothing changes."""
    place = directory / "fleet"
    place.mkdir()
    devices: list[Simulated] = []
    try:
        kinds = list(SIMULATED)
        for number in range(APPLIANCES):
            devices.append(kinds[number % len(kinds)](place))
        return _of_fleet(place, devices)
    finally:
        for device in devices:
            device.close()


def _of_fleet(place: Path, devices: list[Simulated]) -> Figure:
    hosts: dict[str, t.Any] = {}
    environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORKS": str(FORKS)}
    for number, simulated in enumerate(devices):
        environment.update(simulated.environment)
        variables = simulated.variables()
        own = {**variables[f"allowlist_{simulated.platform}"], "backup_dir": str(place / f"backups-{number}")}
        hosts[f"{simulated.platform}{number:03}"] = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "device": own,
            "kind": simulated.platform,
            "url": simulated.device.url,
            "ca": str(simulated.device.ca_path),
        }
    inventory = place / "inventory.json"
    part = dict.fromkeys(list(hosts)[: APPLIANCES // PART])
    groups = {"part": {"hosts": part}}
    inventory.write_text(json.dumps({"all": {"hosts": hosts, "children": groups}}), encoding="ascii")
    kinds = sorted({simulated.platform for simulated in devices})
    uri = {"url": "{{ url }}/", "ca_path": "{{ ca }}", "status_code": [200, 401, 403, 404, 405, 400]}
    peer = [{"hosts": "all", "gather_facts": False, "tasks": [{"ansible.builtin.uri": uri}]}]
    books = {}
    few, many = (_list_of(place, count, kinds) for count in (ENDPOINTS // FEWER, ENDPOINTS))
    for name, plays in (("few", few), ("ours", many), ("part", many), ("uri", peer)):
        books[name] = place / f"{name}.json"
        books[name].write_text(json.dumps(plays), encoding="ascii")
    kilobytes: dict[str, list[int]] = {name: [] for name in books}

    def run(name: str) -> None:
        command = [str(Path(sys.executable).with_name("ansible-playbook")), str(books[name]), "-i", str(inventory)]
        command += ["--limit", "part"] if name == "part" else []
        said = place / "said.txt"
        with said.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
            _pid, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            text = said.read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"{name} over {len(devices)} appliances did not do its work:\n{text[-3000:]}")
        kilobytes[name].append(used.ru_maxrss)

    def again(*names: str) -> dict[str, Spread]:
        return side_by_side({name: lambda name=name: run(name) for name in names}, 3)

    run("few")  # the first push
    found = again("few")
    run("ours")
    kilobytes["ours"].clear()
    found |= again("ours", "part", "uri")
    share = {name: found[name].median / found["ours"].median for name in ("few", "part")}
    memory = {name: Spread(tuple(map(float, values))).median / 1024 for name, values in kilobytes.items()}
    return Figure(
        "api-fleet",
        f"a second run over {APPLIANCES} simulated appliances of four kinds, {ENDPOINTS:,} endpoints, {FORKS} forks",
        "`ansible.builtin.uri` fetching one small object from each",
        "at_most",
        2.0,
        found["ours"],
        found["uri"],
        ansible_inside=True,
        note=(
            f"the controller's memory: {memory['ours']:.0f} MB, against {memory['uri']:.0f} MB; of ours, "
            f"{APPLIANCES // PART} appliances take {share['part']:.2f} of the time and {memory['part']:.0f} MB, and "
            f"{ENDPOINTS // FEWER} endpoints {share['few']:.2f} and {memory['few']:.0f} MB"
        ),
    )


def _list_of(place: Path, count: int, kinds: t.Sequence[str]) -> list[dict[str, t.Any]]:
    """Return the plays that set a list of so many endpoints on all appliances, each kind by its module."""
    names = place / f"names-{count}.txt"
    names.write_text("".join(f"{name}\n" for name in many_names(count)), encoding="ascii")
    wanted = {"sources": [str(names)], "accept_loss": ACCEPTED}
    return [
        {
            "hosts": f"{kind}*",
            "gather_facts": False,
            "tasks": [{f"{OURS}.{kind}_allowlist": "{{ device | combine(list) }}", "vars": {"list": wanted}}],
        }
        for kind in kinds
    ]


def measure(directory: Path) -> list[Figure]:
    """Return all figures of platforms with an API."""
    return [*pushing(directory), *per_object.measure(directory, LATENCY), fleet(directory)]
