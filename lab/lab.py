# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab from its topology to its end."""

from __future__ import annotations

import shutil
import subprocess
import typing as t
from pathlib import Path

from lab import inventory, network, requirements
from lab import state as states
from lab.errors import LabError
from lab.host import Host, Started, start
from lab.services import SERVICES, Gateway, Service, Squid
from lab.topologies import office
from lab.topology import CA_FILE, DOMAIN, SWITCH, HostSpec, Topology
from lab.zone import Zone


class Lab:
    """A network on this machine. Use it as a context manager, or call ``up`` and ``down``.

    ``state`` is a directory of the lab's own, the handle by which other processes find it (``Lab.attach``).
    ``root`` chooses how hosts get their own files: see ``lab.rootfs.enter_new_root``.
    """

    def __init__(self, topology: Topology | None = None, state: Path = states.DEFAULT, root: str = "auto") -> None:
        """Only note what is wanted; ``up`` makes it."""
        self.topology = topology or office()
        self.state = Path(state).resolve()
        self.root = root
        self._written = states.State(self.state, self.topology)

    @classmethod
    def attach(cls, state: Path = states.DEFAULT) -> Lab:
        """The lab that someone else has brought up; LabError where there is none."""
        written = states.State.load(Path(state).resolve())
        lab = cls(written.topology, written.directory)
        lab._written = written
        return lab

    def __enter__(self) -> Lab:
        """Bring it up."""
        return self.up()

    def __exit__(self, *_: object) -> None:
        """Take it down, whatever happened."""
        self.down()

    def up(self) -> Lab:
        """Make all hosts, connect them and start what runs on them. What was made is taken down when that fails."""
        wanted = {spec.service for spec in self.topology.hosts if spec.service}
        unknown = sorted(wanted - SERVICES.keys())
        if unknown:
            raise LabError(f"topology: no service {', '.join(unknown)}; there are {', '.join(SERVICES)}")
        requirements.check(program for name in wanted for program in SERVICES[name].programs)
        self._written.claim()
        try:
            self._build()
        except BaseException:
            self.down()
            raise
        return self

    def _build(self) -> None:
        # Here and not above: it takes a tenth of a second to import, and each host imports this package.
        from lab.certificates import Authority

        authority = Authority.create(self.state / "ca")
        self.zone.save()
        self._written.add(self._start(SWITCH, "machine", {}))
        for spec in self.topology.hosts:
            self._start(spec.name, self.root, self._files(spec, authority.pem.decode()))
        network.connect(self._host(SWITCH), self.hosts, self.topology)
        for service in self.services.values():
            service.prepare()
            service.start()
        self.inventory_file.write_text(self.inventory(), encoding="utf-8")

    def _start(self, name: str, root: str, files: t.Mapping[str, str]) -> Host:
        return start(name, self.state / "hosts" / name, root, files, self._written.add)

    def _files(self, spec: HostSpec, ca: str) -> dict[str, str]:
        """What each host has of its own in /etc."""
        resolver = self.topology.host(self.topology.resolver).address
        return {
            "/etc/hostname": f"{spec.name}\n",
            "/etc/hosts": f"127.0.0.1 localhost\n{spec.address} {spec.name}.{DOMAIN} {spec.name}\n",
            "/etc/resolv.conf": f"nameserver {resolver}\n",
            CA_FILE: ca,
        }

    def down(self) -> None:
        """End every process of the lab, and with them namespaces, mounts and interfaces; remove the directory."""
        try:
            written = states.State.load(self.state)
        except LabError:
            written = self._written
        for host in written.hosts.values():
            host.end()
        if written.file.exists():
            shutil.rmtree(self.state)
        self._written = states.State(self.state, self.topology)

    @property
    def hosts(self) -> dict[str, Host]:
        """The hosts of the topology that have been made, by name."""
        return {name: host for name, host in self._written.hosts.items() if name != SWITCH}

    def host(self, name: str) -> Host:
        """One host; LabError with the known names where there is none."""
        self.topology.host(name)
        return self._host(name)

    def _host(self, name: str) -> Host:
        try:
            return self._written.hosts[name]
        except KeyError:
            raise LabError(f"host {name} is not up: bring the lab up first") from None

    def run(self, host: str, argv: t.Sequence[str], **options: t.Any) -> subprocess.CompletedProcess[str]:
        """Run a command on a host to its end: see ``lab.host.Host.run``."""
        return self.host(host).run(argv, **options)

    def popen(self, host: str, argv: t.Sequence[str], **options: t.Any) -> Started:
        """Start a command on a host: see ``lab.host.Host.popen``."""
        return self.host(host).popen(argv, **options)

    @property
    def services(self) -> dict[str, Service]:
        """What runs where, by the host's name."""
        return {
            spec.name: SERVICES[spec.service](self.host(spec.name), spec.address, self.state, spec.options)
            for spec in self.topology.hosts
            if spec.service
        }

    def squid(self, host: str = "proxy") -> Squid:
        """The Squid of a host."""
        service = self.services.get(host)
        if not isinstance(service, Squid):
            raise LabError(f"host {host} runs no Squid")
        return service

    def gateway(self, host: str = "gateway") -> Gateway:
        """The firewall of a host."""
        service = self.services.get(host)
        if not isinstance(service, Gateway):
            raise LabError(f"host {host} is no gateway")
        return service

    @property
    def zone(self) -> Zone:
        """What the lab's DNS answers; what is set here holds at once."""
        hosts = {f"{spec.name}.{DOMAIN}": spec.address for spec in self.topology.hosts}
        return Zone(self.state / "zone.json", hosts)

    @property
    def inventory_file(self) -> Path:
        """Where the Ansible inventory of the lab is."""
        return self.state / "inventory.yml"

    def inventory(self) -> str:
        """The Ansible inventory in YAML."""
        return inventory.to_yaml(inventory.inventory(self.topology, self.state))

    def ansible_environment(self) -> dict[str, str]:
        """The environment variables with which ansible commands find this lab."""
        return inventory.environment(self.inventory_file)
