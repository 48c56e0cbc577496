# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real programs on loopback for the prober's tests: a certificate authority, origins, Squid, tinyproxy, e2guardian.

Each is started on ports of its own, waited for, and ended by its own process.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import typing as t
import warnings
from pathlib import Path

HOSTS = ("allowed.test", "www.allowed.test", "unlisted.test", "denied.test", "blocked.test", "wrongname.test")


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on right now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[t.Any] | None = None, seconds: float = 15) -> None:
    """Wait until something accepts connections; an ended process or a long silence is an error."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port} after {seconds} s")


def stop(process: subprocess.Popen) -> None:
    """End one process that a test started, with its children."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(2)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)


class Authority:
    """A certificate authority made with the openssl program."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.certificate, self.key = folder / f"{name}.crt", folder / f"{name}.key"
        self._openssl(
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "30",
            "-subj",
            f"/O=Example/CN={name}",
            "-addext",
            "keyUsage=critical,keyCertSign,cRLSign",
            "-keyout",
            self.key,
            "-out",
            self.certificate,
        )

    def issue(self, label: str, names: t.Sequence[str], days: int = 10) -> Path:
        """Return a file with key and certificate for the names and addresses."""
        key, request, made = (self.folder / f"{label}.{end}" for end in ("key", "csr", "pem"))
        kinds = ",".join(f"{'IP' if name[0].isdigit() else 'DNS'}:{name}" for name in names)
        extensions = self.folder / f"{label}.ext"
        extensions.write_text(f"subjectAltName={kinds}\nauthorityKeyIdentifier=keyid\n")
        subject = ("-subj", f"/CN={names[0]}")
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", *subject, "-keyout", key, "-out", request)
        signed = self.folder / f"{label}.crt"
        self._openssl(
            "x509",
            "-req",
            "-in",
            request,
            "-CA",
            self.certificate,
            "-CAkey",
            self.key,
            "-CAcreateserial",
            "-extfile",
            extensions,
            "-out",
            signed,
            "-days",
            days,
        )
        made.write_bytes(key.read_bytes() + signed.read_bytes())
        return made

    @staticmethod
    def _openssl(*arguments: t.Any) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


Handler = t.Callable[[socket.socket], None]


class Server:
    """A threaded server on 127.0.0.1 that hands each connection to `handler`, over TLS where a context is given."""

    def __init__(self, handler: Handler, context: ssl.SSLContext | None = None, port: int = 0) -> None:
        self._handler, self._context = handler, context
        self._listener = socket.create_server(("127.0.0.1", port), backlog=512)
        self.port = int(self._listener.getsockname()[1])
        self.connections = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                sock, _peer = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _talk(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock:
            sock.settimeout(30)
            if self._context is None:
                self._handler(sock)
            else:
                with self._context.wrap_socket(sock, server_side=True) as secure:
                    self._handler(secure)

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()


def answering(status: str = "200 OK", fields: str = "", body: str = "origin") -> Handler:
    """Return a handler that reads one request and answers it; the path /forbidden gets 403, /broken 500."""

    def handle(sock: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            part = sock.recv(4096)
            if not part:
                return
            request += part
        path = request.split(b" ", 2)[1]
        line = "403 Forbidden" if path.endswith(b"/forbidden") else status
        line = "500 Internal Server Error" if path.endswith(b"/broken") else line
        fields_sent = f"Content-Length: {len(body)}\r\n{fields}Connection: close\r\n"
        sock.sendall(f"HTTP/1.1 {line}\r\n{fields_sent}\r\n{body}".encode())

    return handle


def tls_context(certificate: Path, lowest: str = "1.2", highest: str = "1.3") -> ssl.SSLContext:
    """Return a server's context that speaks the given TLS versions."""
    versions = {"1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if lowest == "1.1":
        context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = versions[lowest], versions[highest]
    context.load_cert_chain(certificate)
    return context


class Squid:
    """Squid with three ports: plain; one that bumps everything; one that lets only listed server names through."""

    def __init__(self, folder: Path, authority: Authority, login: bool = False) -> None:
        self.plain, self.bump, self.filter = free_port(), free_port(), free_port()
        folder.mkdir()
        hosts = folder / "hosts"
        hosts.write_text(
            "".join(f"127.0.0.1 {name}\n" for name in HOSTS)
            + "".join(f"127.0.0.1 n{n}.many.test\n" for n in range(1000))
        )
        pair = folder / "bump.pem"
        pair.write_bytes(authority.key.read_bytes() + authority.certificate.read_bytes())
        subprocess.run(
            ["/usr/lib/squid/security_file_certgen", "-c", "-s", folder / "certs", "-M", "4MB"],
            check=True,
            capture_output=True,
        )
        (folder / "squid.conf").write_text(self._configuration(folder, hosts, pair, login))
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, "proxy", "proxy")
        open_to_all(folder)
        self.process = subprocess.Popen(
            ["squid", "-N", "-f", folder / "squid.conf"],
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for port in (self.plain, self.bump, self.filter):
            wait_for_port(port, self.process)

    def _configuration(self, folder: Path, hosts: Path, pair: Path, login: bool) -> str:
        password = (
            (
                "auth_param basic program /usr/lib/squid/basic_fake_auth\n"
                "acl known proxy_auth REQUIRED\nhttp_access deny !known\n"
            )
            if login
            else ""
        )
        return f"""
http_port 127.0.0.1:{self.plain}
http_port 127.0.0.1:{self.bump} name=bump ssl-bump tls-cert={pair} generate-host-certificates=on
http_port 127.0.0.1:{self.filter} name=filter ssl-bump tls-cert={pair} generate-host-certificates=on
sslcrtd_program /usr/lib/squid/security_file_certgen -s {folder}/certs -M 4MB
sslcrtd_children 2
tls_outgoing_options cafile={pair}
sslproxy_cert_error allow all
pid_filename {folder}/squid.pid
cache_log {folder}/cache.log
access_log stdio:{folder}/access.log
cache deny all
hosts_file {hosts}
dns_nameservers 127.0.0.1
dns_timeout 1 seconds
dns_retransmit_interval 1 seconds
connect_timeout 3 seconds
shutdown_lifetime 0 seconds
acl denied dstdomain -n .denied.test example.com example.net
acl blocked dstdomain -n blocked.test
acl bumped myportname bump
acl step1 at_step SslBump1
acl step2 at_step SslBump2
acl listed ssl::server_name --client-requested .allowed.test
deny_info http://block.example/page blocked
{password}http_access deny denied
http_access deny blocked
http_access allow all
ssl_bump bump bumped
ssl_bump peek step1
ssl_bump splice step2 listed
ssl_bump terminate all
"""

    def close(self) -> None:
        """End Squid."""
        stop(self.process)


def open_to_all(folder: Path) -> None:
    """Let the user that Squid changes to pass through the parents of a folder that pytest made."""
    for parent in folder.parents:
        if parent == Path("/tmp") or parent == Path("/"):
            return
        parent.chmod(parent.stat().st_mode | 0o011)


def start_tinyproxy(folder: Path) -> tuple[subprocess.Popen, int]:
    """Start tinyproxy with a filter that lets only allowed.test and 127.0.0.1 through; return process and port."""
    folder.mkdir()
    port = free_port()
    (folder / "filter").write_text("^allowed\\.test$\n^127\\.0\\.0\\.1$\n^dead\\.test$\n")
    (folder / "conf").write_text(
        f'Port {port}\nListen 127.0.0.1\nTimeout 10\nMaxClients 50\nFilter "{folder}/filter"\nFilterDefaultDeny Yes\n'
        f'FilterType ere\nLogFile "{folder}/log"\nAllow 127.0.0.1\n'
    )
    process = subprocess.Popen(
        ["tinyproxy", "-d", "-c", folder / "conf"],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for_port(port, process)
    return process, port


def start_e2guardian(folder: Path, listed: t.Sequence[str] = ()) -> tuple[subprocess.Popen, int]:
    """Start e2guardian on a copy of its packaged configuration, blocking all but `listed`; return process and port."""
    port = free_port()
    shutil.copytree("/etc/e2guardian", folder, symlinks=True)
    changed = {
        "filterip": "127.0.0.1",
        "filterports": str(port),
        "loglocation": f"'{folder}/access.log'",
        "pidfilename": f"'{folder}/pid'",
        "httpworkers": "20",
        "nodaemon": "on",
        "transparenthttpsport": str(free_port()),
        "filtergroupslist": f"'{folder}/lists/filtergroupslist'",
    }
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            text = path.read_text(encoding="utf-8", errors="surrogateescape").replace("/etc/e2guardian", str(folder))
            path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with (folder / "lists" / "exceptionsitelist").open("a") as sites:
        sites.write("".join(f"{name}\n" for name in listed))
    main = folder / "e2guardian.conf"
    kept = [line for line in main.read_text().splitlines() if line.split("=")[0].strip(" #") not in changed]
    main.write_text("\n".join([*kept, *(f"{key} = {value}" for key, value in changed.items())]) + "\n")
    with (folder / "site.story").open("a") as story:
        story.write(
            "\nfunction(checkblanketblock)\nif(true,,502) return setblock\n"
            "\nfunction(sslcheckblanketblock)\nif(true,,506) return setblock\n"
        )
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, "e2guardian", "e2guardian")
    open_to_all(folder)
    process = subprocess.Popen(
        ["e2guardian", "-N", "-c", main],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_for_port(port, process)
    return process, port
