# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The way to the endpoints: directly, or through an explicit proxy."""

from __future__ import annotations

import base64
import re
import typing as t
from dataclasses import dataclass, field

from ansible_collections.managed_desktop.network.plugins.module_utils._probe.model import ProbeError, address_of
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.text import printable

_PROXY = re.compile(r"http://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):([0-9]{1,5})/?")


@dataclass(frozen=True)
class Via:
    """How to get out: without a `proxy_host` directly. The login, ready for the header, is kept out of every repr."""

    text: str = "direct"
    proxy_host: str | None = None
    proxy_port: int = 0
    authorization: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str, username: str | None = None, password: str | None = None) -> Via:
        """Return the way that `text` writes: ``direct`` or ``http://host:port``.

        Raises:
            ProbeError: another kind of way, credentials within the URL, or credentials without a proxy.
        """
        shown = printable(re.sub(r"//[^@/]*@", "//***@", text), 120)
        if text.startswith("pac+"):
            raise ProbeError(
                f"via: '{shown}': 'pac' is not supported by this version; "
                "name the proxy that the PAC file returns, as http://host:port"
            )
        if text == "direct":
            if username or password:
                raise ProbeError("via: a proxy login was given, but the way is direct")
            return cls()
        if "@" in text:
            raise ProbeError(f"via: '{shown}' carries a login; give it as proxy_username and proxy_password")
        match = _PROXY.fullmatch(text)
        if match is None or not 1 <= int(match.group(2)) <= 65535:
            raise ProbeError(f"via: '{shown}' is neither direct nor http://host:port")
        host = match.group(1).strip("[]").lower()
        if match.group(1).startswith("[") and address_of(host) is None:
            raise ProbeError(f"via: '{shown}' has no IPv6 address within the brackets")
        return cls(
            f"http://{match.group(1)}:{int(match.group(2))}", host, int(match.group(2)), _basic(username, password)
        )


def _basic(username: str | None, password: str | None) -> str | None:
    """Return the value of Proxy-Authorization for HTTP Basic (RFC 7617)."""
    if not username:
        if password:
            raise ProbeError("proxy_password: was given without proxy_username")
        return None
    if ":" in username:
        raise ProbeError("proxy_username: a user name of HTTP Basic authentication has no colon")
    login: t.Final = f"{username}:{password or ''}".encode()
    return "Basic " + base64.b64encode(login).decode("ascii")
