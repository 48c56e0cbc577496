# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the prober's tests share: authorities, origins and proxies on loopback, started once."""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.model import Probe
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.prober import Prober, Settings
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.run import run
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.via import Via

sys.path.insert(0, str(Path(__file__).parent))

import programs


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that programs under other users may pass through."""
    path = tmp_path_factory.mktemp("probe")
    programs.open_to_all(path)
    return path


@pytest.fixture(scope="session")
def origin_ca(folder: Path) -> programs.Authority:
    """Who issues the origins' certificates."""
    return programs.Authority(folder, "Origin-CA")


@pytest.fixture(scope="session")
def inspection_ca(folder: Path) -> programs.Authority:
    """Who issues the certificates of a proxy that breaks TLS open."""
    return programs.Authority(folder, "Inspection-CA")


class Origins(t.NamedTuple):
    """The origins' ports: plain HTTP, current TLS, one for each range of versions, and one with nobody there."""

    http: int
    https: int
    tls_1_1: int
    tls_1_2: int
    tls_1_3: int
    closed: int


@pytest.fixture(scope="session")
def origins(origin_ca: programs.Authority) -> t.Iterator[Origins]:
    """Origins that answer for every test host and for 127.0.0.1."""
    certificate = origin_ca.issue("origin", [*programs.HOSTS, "*.many.test", "127.0.0.1"])
    contexts = [None] + [programs.tls_context(certificate, *v) for v in (("1.2", "1.3"), ("1.1", "1.1"))]
    contexts += [programs.tls_context(certificate, *v) for v in (("1.2", "1.2"), ("1.3", "1.3"))]
    servers = [programs.Server(programs.answering(), context) for context in contexts]
    yield Origins(*(server.port for server in servers), closed=programs.free_port())
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def squid(folder: Path, inspection_ca: programs.Authority) -> t.Iterator[programs.Squid]:
    """Squid with a plain, a bumping and a filtering port."""
    proxy = programs.Squid(folder / "squid", inspection_ca)
    yield proxy
    proxy.close()


Ask = t.Callable[..., dict[str, t.Any]]


@pytest.fixture()
def ask(origin_ca: programs.Authority) -> Ask:
    """Return a function that runs one probe and returns its result; the origins' authority is trusted."""

    def one(host: str, port: int, scheme: str = "https", via: str = "direct", **more: t.Any) -> dict[str, t.Any]:
        names = set(Probe.__dataclass_fields__)
        probe = Probe.from_dict(
            {"host": host, "port": port, "scheme": scheme, **{k: v for k, v in more.items() if k in names}}
        )
        settings = {"ca_file": str(origin_ca.certificate), "timeout": 12.0, "stage_timeout": 8.0}
        login = (more.pop("username", None), more.pop("password", None))
        settings.update({key: value for key, value in more.items() if key not in names})
        prober = Prober(Settings(via=Via.parse(via, *login), **settings))
        return run(prober, [probe])[0].to_dict()

    return one
