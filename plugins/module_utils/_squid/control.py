# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Squid's own program and the running proxy: version, checking, reloading, asking which list runs."""

from __future__ import annotations

import re
import socket
import typing as t
from urllib.parse import urlsplit

from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import (
    NONE,
    RUNNING,
    UNKNOWN,
    ApplianceError,
    Running,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.config import Config

MEASURED_VERSIONS = ("5.7",)
OLDEST_VERSION = 4
_ASK_TIMEOUT = 5.0
_TROUBLE = re.compile(r"\b(ERROR|WARNING|FATAL|Bungled|empty ACL|unrecognized|not found)\b", re.I)
_NOT_RUNNING = re.compile(r"\bPID\b|No running copy|No such process", re.I)
_LOCATION = re.compile(
    rb"^location:\s*http://[a-z0-9.-]+/([0-9a-f]{64})[/.]([0-9a-f]{8}(?:\.[0-9a-f]{8})?)\s*$", re.I | re.M
)

Run = t.Callable[..., tuple[int, str, str]]
"""``run_command`` of the module: arguments and keywords in; status and both outputs out; OSError if it cannot run."""


class Version(t.NamedTuple):
    """What ``squid -v`` says; `measured` tells whether the dialect was proved on this version."""

    number: str
    tls: bool

    @property
    def measured(self) -> bool:
        """Whether the conformance test of this collection ran on this version."""
        return self.number in MEASURED_VERSIONS


class Program:
    """The ``squid`` executable with the site's configuration file and service name."""

    def __init__(self, run: Run, executable: str, config_file: str, service_name: str | None) -> None:
        self._run = run
        self._executable = executable
        self._config_file = config_file
        self._service = ["-n", service_name] if service_name else []

    def _call(self, *arguments: str, data: str | None = None) -> tuple[int, str]:
        try:
            status, out, err = self._run(
                [self._executable, *self._service, *arguments],
                data=None if data is None else data.encode("latin-1"),
                binary_data=True,
                environ_update={"LC_ALL": "C"},
                handle_exceptions=False,
            )
        except OSError as error:
            raise ApplianceError(
                f"The program '{self._executable}' cannot be run: {error.strerror}. Install Squid, or set executable "
                "to where it is."
            ) from error
        return status, out + err

    def version(self) -> Version:
        """Return the version and whether this build can inspect TLS.

        Raises:
            ApplianceError: the program does not run, or is older than the dialect knows.
        """
        status, said = self._call("-v")
        found = re.search(r"Version (\d+)\.([\w.-]+)", said)
        if status != 0 or not found:
            raise ApplianceError(f"'{self._executable} -v' does not tell a Squid version: {_last(said)}")
        number = f"{found.group(1)}.{found.group(2)}"
        if int(found.group(1)) < OLDEST_VERSION:
            raise ApplianceError(f"Squid {number} is too old: version {OLDEST_VERSION} or later is needed.")
        return Version(number, "--with-openssl" in said)

    def check(self, config: str, baseline: t.Callable[[], str], what: str) -> None:
        """Let ``squid -k parse`` judge a whole configuration, given as text and never written to disk.

        Its exit status is not enough: a missing or empty list and a bad expression pass with 0. So every complaint
        fails, but for those that the site's configuration before the change (`baseline`) brings by itself. `what` names
        the change in messages, such as ``with this list``.

        Raises:
            ApplianceError: Squid would not take the configuration as it is meant.
        """
        status, said = self._call("-k", "parse", "-f", "/dev/stdin", data=config)
        complaints = _complaints(said)
        if status == 0 and not complaints:
            return
        status_before, said_before = self._call("-k", "parse", "-f", "/dev/stdin", data=baseline())
        before = _complaints(said_before)
        ours = [complaint for complaint in complaints if complaint not in before]
        if ours or (status != 0 and status_before == 0):
            shown = "; ".join((ours or complaints)[:3]) or _last(said)
            raise ApplianceError(f"'squid -k parse' does not accept the configuration {what}: {shown}.")
        if status != 0:
            shown = "; ".join(before[:3]) or _last(said_before)
            raise ApplianceError(
                f"'squid -k parse' does not accept the site's own configuration, {what} or as it is: {shown}. "
                "Mend it first."
            )

    def check_list(self, command: t.Sequence[str]) -> None:
        """Let the helper judge the list that it is to follow, by the Python that it is to run with.

        Raises:
            ApplianceError: it cannot be started, or would not take the list.
        """
        try:
            status, out, err = self._run(list(command), environ_update={"LC_ALL": "C"}, handle_exceptions=False)
        except OSError as error:
            raise ApplianceError(f"helper_python: {command[0]} cannot be run: {error.strerror}.") from error
        if status != 0:
            raise ApplianceError(f"The helper does not take the list, or its Python not the helper: {_last(out + err)}")

    def reconfigure(self) -> None:
        """Tell the running Squid to read its configuration again.

        Never by a HUP signal: Squid then dies of a configuration that this way is refused.

        Raises:
            ApplianceError: Squid refuses.
        """
        status, said = self._call("-k", "reconfigure", "-f", self._config_file)
        if status != 0:
            shown = "; ".join(_complaints(said)[:3]) or _last(said)
            raise ApplianceError(f"'squid -k reconfigure' failed: {shown}.")

    def runs(self) -> bool:
        """Tell whether a Squid with this configuration file is running; true as well where Squid does not say.

        It reads its configuration before it looks, and says nothing of the process where that is broken.
        """
        status, said = self._call("-k", "check", "-f", self._config_file)
        return status == 0 or not _NOT_RUNNING.search(said)


def ask_running(proxy_url: str | None, state_host: str, answers: bool) -> Running | None:
    """Ask the proxy for the reserved name, and return what runs; None where nothing answers at `proxy_url`.

    `answers` says whether the list that is stored makes Squid answer at all: without an access rule of ours it does
    only if the site wrote one, so that silence proves nothing.
    """
    if not proxy_url:
        return Running(UNKNOWN)
    parts = urlsplit(proxy_url)
    request = f"GET http://{state_host}/ HTTP/1.1\r\nHost: {state_host}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((parts.hostname, parts.port or 3128), _ASK_TIMEOUT) as connection:
            connection.settimeout(_ASK_TIMEOUT)
            connection.sendall(request.encode("ascii"))
            head = _head(connection)
    except OSError:
        return None
    location = _LOCATION.search(head.replace(b"\r\n", b"\n"))
    if location:
        return Running(RUNNING, location.group(1).decode(), location.group(2).decode())
    if not head.startswith(b"HTTP/"):
        return None
    if not answers or b" 407 " in head.split(b"\n", 1)[0]:
        return Running(UNKNOWN)
    return Running(NONE)


def proxy_url_of(config: Config) -> str | None:
    """Return how to reach the proxy from its own host: its first plain ``http_port``; None where there is none."""
    for directive in config.all:
        if directive.name != "http_port" or not directive.words:
            continue
        if {"intercept", "tproxy", "accel", "transparent", "require-proxy-header"} & set(directive.words):
            continue
        host, _colon, port = directive.words[0].rpartition(":")
        if port.isdigit():
            return f"http://{host if host not in ('', '[::]', '0.0.0.0') else '127.0.0.1'}:{port}"
    return None


def _head(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received and len(received) < 65536:
        chunk = connection.recv(8192)
        if not chunk:
            break
        received += chunk
    return received


def _complaints(said: str) -> list[str]:
    lines = [line for line in said.split("\n") if "| Processing: " not in line]
    return [_message(line) for line in lines if _TROUBLE.search(line)]


def _message(line: str) -> str:
    """Return a log line without its time and line numbers, so that two runs can be compared, as printable text."""
    text = (line.partition("| ")[2] or line).strip().rstrip(".")
    text = re.sub(r"/dev/stdin(\(\d+\)| line \d+)", "the configuration", text)
    return "".join(c if c.isprintable() else "?" for c in text)[:400]


def _last(said: str) -> str:
    lines = [line for line in said.split("\n") if line.strip()]
    return _message(lines[-1]) if lines else "it says nothing"
