# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Probes and their results as checked values."""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import dataclass, field

from ansible_collections.managed_desktop.network.plugins.module_utils._probe.text import printable

SCHEMES: t.Final = ("http", "https", "tcp")
EXPECTATIONS: t.Final = ("allowed", "denied")
KINDS: t.Final = ("endpoint", "denied", "tls_floor", "reference")
TLS_VERSIONS: t.Final = ("1.2", "1.3")
TREATMENTS: t.Final = ("allow", "bypass_authentication", "bypass_inspection")

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_PATH = re.compile(r"/[\x21-\x7e]*")


class ProbeError(ValueError):
    """Data that is no probe; the message begins with the path into the data."""


@dataclass(frozen=True)
class Probe:
    """One question to the network, and the answer that is expected.

    `tls` pins the handshake to (lowest, highest) version. `made_up` says that the name was invented for a wildcard;
    `known_open` that the origin is known to keep the port open. Probes of one `group` with `any_of` are
    alternatives: one that passes suffices.
    """

    host: str
    port: int = 443
    scheme: str = "https"
    path: str = "/"
    expect: str = "allowed"
    kind: str = "endpoint"
    tls: tuple[str, str] | None = None
    made_up: bool = False
    known_open: bool = False
    services: tuple[str, ...] = ()
    pattern: str | None = None
    group: str | None = None
    any_of: bool = False
    treatments: tuple[str, ...] = ()

    @property
    def is_address(self) -> bool:
        """Whether the host is an IP literal, which is never resolved."""
        return address_of(self.host) is not None

    @property
    def authority(self) -> str:
        """Host and port as a request line writes them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def host_header(self) -> str:
        """The Host header: without the scheme's own port."""
        if self.port == {"http": 80, "https": 443}.get(self.scheme):
            return f"[{self.host}]" if ":" in self.host else self.host
        return self.authority

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any], where: str = "probe") -> Probe:
        """Return the probe that plain `data` describes; keys that are None count as absent.

        Raises:
            ProbeError: a key is unknown or a value does not fit; the message begins with `where`.
        """
        given = {key: value for key, value in data.items() if value is not None}
        unknown = sorted(set(given) - set(cls.__dataclass_fields__))
        if unknown:
            raise ProbeError(f"{where}: unknown key '{printable(str(unknown[0]), 60)}'")
        scheme = _choice(given.get("scheme", "https"), SCHEMES, f"{where}.scheme")
        return cls(
            host=_host(given.get("host"), f"{where}.host"),
            port=_port(given.get("port"), scheme, f"{where}.port"),
            scheme=scheme,
            path=_path(given.get("path", "/"), f"{where}.path"),
            expect=_choice(given.get("expect", "allowed"), EXPECTATIONS, f"{where}.expect"),
            kind=_choice(given.get("kind", "endpoint"), KINDS, f"{where}.kind"),
            tls=_pin(given.get("tls"), f"{where}.tls"),
            made_up=bool(given.get("made_up", False)),
            known_open=bool(given.get("known_open", False)),
            services=tuple(printable(str(item)) for item in given.get("services", ())),
            pattern=_shown(given.get("pattern")),
            group=_shown(given.get("group")),
            any_of=bool(given.get("any_of", False)),
            treatments=tuple(_choice(i, TREATMENTS, f"{where}.treatments") for i in given.get("treatments", ())),
        )

    def to_dict(self) -> dict[str, t.Any]:
        """Return the probe as plain data, without what has its default; `from_dict` reads it back."""
        plain: dict[str, t.Any] = {"host": self.host, "port": self.port, "scheme": self.scheme}
        for name, definition in self.__dataclass_fields__.items():
            value = getattr(self, name)
            if name not in plain and value != definition.default:
                plain[name] = list(value) if isinstance(value, tuple) else value
        if self.tls is not None:
            plain["tls"] = {"min": self.tls[0], "max": self.tls[1]}
        return plain


@dataclass
class Result:
    """What became of a probe: see `causes` for what each cause proves.

    `stages` holds milliseconds by stage, for the stages that were reached; `passed` is None where nothing is proved.
    """

    probe: Probe
    cause: str = "ok"
    policy: str = "unknown"
    service: str = "unknown"
    layer: str = "http"
    said: str = ""
    status: int | None = None
    address: str | None = None
    issuer: str | None = None
    tls_version: str | None = None
    stages: dict[str, float] = field(default_factory=dict)
    passed: bool | None = None

    def to_dict(self) -> dict[str, t.Any]:
        """Return probe and result as one flat mapping of plain data."""
        plain = self.probe.to_dict()
        plain["expect"] = self.probe.expect
        plain.update(
            cause=self.cause,
            policy=self.policy,
            service=self.service,
            evidence={"layer": self.layer, "said": self.said},
            passed=self.passed,
            stages=self.stages,
        )
        for name in ("status", "address", "issuer", "tls_version"):
            if getattr(self, name) is not None:
                plain[name] = getattr(self, name)
        return plain


def address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the IP address that `host` writes, or None where it is a name."""
    if ":" not in host and not host[-1:].isdigit():
        return None
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _host(value: t.Any, where: str) -> str:
    text = str(value if value is not None else "").lower()
    text = text[:-1] if text.endswith(".") else text
    if address_of(text) is not None:
        return text
    if len(text) > 253 or not _NAME.fullmatch(text):
        raise ProbeError(
            f"{where}: '{printable(text, 80)}' is neither a host name nor an IP address; "
            "a wildcard is probed through a concrete name"
        )
    return text


def _port(value: t.Any, scheme: str, where: str) -> int:
    if value is None and scheme != "tcp":
        return 443 if scheme == "https" else 80
    text = str(value)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= 65535:
        raise ProbeError(f"{where}: '{printable(text, 20)}' is no port from 1 to 65535")
    return int(text)


def _path(value: t.Any, where: str) -> str:
    text = str(value)
    if not _PATH.fullmatch(text) or len(text) > 2048:
        raise ProbeError(
            f"{where}: '{printable(text, 80)}' is no path; it begins with / and has no spaces, "
            "control characters or characters beyond ASCII"
        )
    return text


def _choice(value: t.Any, choices: t.Sequence[str], where: str) -> str:
    if value not in choices:
        raise ProbeError(f"{where}: '{printable(str(value), 40)}' is none of {', '.join(choices)}")
    return str(value)


def _pin(value: t.Any, where: str) -> tuple[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, t.Mapping):
        raise ProbeError(f"{where}: give min and max")
    low = _choice(str(value.get("min") or TLS_VERSIONS[0]), TLS_VERSIONS, f"{where}.min")
    high = _choice(str(value.get("max") or TLS_VERSIONS[-1]), TLS_VERSIONS, f"{where}.max")
    if low > high:
        raise ProbeError(f"{where}: min {low} is above max {high}")
    return low, high


def _shown(value: t.Any) -> str | None:
    return None if value is None else printable(str(value), 300)
