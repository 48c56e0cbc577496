# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What can become of a probe, and what each outcome proves.

Policy is what the network between the test host and the endpoint says; service is how the endpoint itself is.
Only positive evidence makes a policy `allowed` or `denied`; everything else is `unknown`, which is never green:

- `denied` is proved by whoever refuses in so many words (a proxy's 403, a block page, a resolver's REFUSED or
  sinkhole, an ICMP "prohibited" or an ICMP error in answer to a TCP segment), and by a connection that is cut right
  after the first message that names the host: a working server answers a ClientHello or a request, if only by an
  alert or a 400, and a server that is only too old is told apart by a second handshake. A made-up name is the
  exception, since no server needs to know it.
- A closed port says the same whether the origin or a firewall with "reject with tcp reset" closed it. It proves a
  refusal only where the origin is known to keep that port open (`known_open`).
- Silence proves nothing: a dropped packet, a dead origin and a lost route look the same. NXDOMAIN proves nothing
  either, unless the resolver adds that it blocked the name (RFC 8914).
- `allowed` is proved by an answer of the origin, and by a proxy that reports a failure it can only have met after its
  access rules had let the request pass.
"""

from __future__ import annotations

import typing as t

Policy = str
"""`allowed`, `denied` or `unknown`."""

ALLOWED: t.Final = "allowed"
DENIED: t.Final = "denied"
UNKNOWN: t.Final = "unknown"
SERVICE_OK: t.Final = "ok"
SERVICE_FAILED: t.Final = "failed"


class Meaning(t.NamedTuple):
    """What a cause proves unless the stage that found it knows better, and the layer that it names."""

    layer: str
    policy: str
    service: str


CAUSES: t.Final[dict[str, Meaning]] = {
    "ok": Meaning("http", ALLOWED, SERVICE_OK),
    "dns_failure": Meaning("dns", UNKNOWN, SERVICE_FAILED),
    "dns_refused": Meaning("dns", DENIED, UNKNOWN),
    "dns_sinkhole": Meaning("dns", DENIED, UNKNOWN),
    "tcp_refused": Meaning("tcp", UNKNOWN, SERVICE_FAILED),
    "tcp_unreachable": Meaning("tcp", UNKNOWN, UNKNOWN),
    "tcp_timeout": Meaning("tcp", UNKNOWN, UNKNOWN),
    "tcp_reset": Meaning("tcp", DENIED, UNKNOWN),
    "proxy_unreachable": Meaning("proxy", UNKNOWN, UNKNOWN),
    "proxy_denied": Meaning("proxy", DENIED, UNKNOWN),
    "proxy_auth_required": Meaning("proxy", UNKNOWN, UNKNOWN),
    "proxy_upstream_failed": Meaning("proxy", UNKNOWN, SERVICE_FAILED),
    "tls_version": Meaning("tls", UNKNOWN, SERVICE_FAILED),
    "tls_untrusted": Meaning("tls", UNKNOWN, SERVICE_FAILED),
    "tls_intercepted": Meaning("tls", UNKNOWN, UNKNOWN),
    "tls_reset": Meaning("tls", DENIED, UNKNOWN),
    "http_status": Meaning("http", ALLOWED, SERVICE_FAILED),
}


class StageError(Exception):
    """A stage ended the probe: with which cause, and what was said by whom.

    `policy` and `service` replace the table's meaning where the stage has better evidence; `layer` where the same
    cause was met elsewhere (a time-out while waiting for the HTTP answer is still a `tcp_timeout`).
    """

    def __init__(
        self,
        cause: str,
        said: str,
        policy: str | None = None,
        service: str | None = None,
        layer: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(f"{cause}: {said}")
        meaning = CAUSES[cause]
        self.cause = cause
        self.said = said
        self.layer = layer or meaning.layer
        self.policy = policy or meaning.policy
        self.service = service or meaning.service
        self.status = status
