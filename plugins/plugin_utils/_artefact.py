# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Artefacts: what a dialect compiles endpoints to, what is lost on the way, and who accepted it.

Pure but for the public suffix list, which is read once.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.managed_desktop.network.plugins.module_utils._package import Package, content_digest, pack
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import (
    Endpoint,
    EndpointError,
    Ports,
    parse_ports,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import LITERAL, quoted
from ansible_collections.managed_desktop.network.plugins.plugin_utils._registrable import (
    CUSTOMER_SUFFIXES,
    DOTTED_SUFFIXES,
    customer_suffix,
    registrable,
)

Result = t.Literal["exact", "widened", "narrowed", "unsupported", "out_of_scope", "broad"]

SAME_OWNER: t.Final = "same_owner"
OTHER_OWNER: t.Final = "other_owner"

SITE_PORTS: t.Final = "site_ports"
"""The property of an appliance whose own rules block ports before the list; accepted port by port."""


@dataclass(frozen=True)
class Loss:
    """How what an appliance does differs from what an endpoint says.

    `owner` says of a widening whether the names it adds belong to the same registrable domain. A loss that is a
    property of the platform names it in `prop` and concerns no single endpoint.
    """

    subject: str
    result: Result
    detail: str
    owner: str | None = None
    prop: str | None = None

    @property
    def stops(self) -> bool:
        """Whether the run stops unless the loss was accepted."""
        if self.result == "widened":
            return self.owner != SAME_OWNER
        return self.result in ("narrowed", "unsupported", "broad")

    def to_dict(self) -> dict[str, t.Any]:
        """Return the loss as plain data."""
        shown: dict[str, t.Any] = {"result": self.result, "detail": self.detail}
        shown["property" if self.prop else "host"] = self.prop or self.subject
        if self.owner:
            shown["owner"] = self.owner
        return shown


@dataclass(frozen=True)
class Artefact:
    """The compiled list for one platform, dialect options and content.

    `content` is what the appliance holds, as plain data; the digest is taken over it and nothing else. `provenance`
    says which services ask for each entry; `needs` is the little that a module must know to judge a device before it
    has the list.
    """

    platform: str
    content: dict[str, t.Any]
    provenance: dict[str, t.Any]
    needs: dict[str, t.Any]
    entries: int
    losses: tuple[Loss, ...] = ()
    covered_by: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical content, in hexadecimal."""
        return content_digest(self.content)

    def packed(self) -> str:
        """Return content and provenance as one opaque line of text, for the way to the module."""
        return pack(Package(self.content, self.provenance))


def breadth(endpoint: Endpoint) -> Loss | None:
    """Return the loss of an endpoint that strangers can register names under, whatever the platform."""
    host = endpoint.host
    if host is None or host.kind == LITERAL:
        return None
    if registrable(host) is None and host.tail not in CUSTOMER_SUFFIXES and host.tail not in DOTTED_SUFFIXES:
        return Loss(endpoint.subject, "broad", f"anybody can register a domain under {host.tail}", OTHER_OWNER)
    suffix = customer_suffix(host)
    if suffix is not None:
        return Loss(endpoint.subject, "broad", f"customers register their own names under {suffix}", OTHER_OWNER)
    return None


class AcceptanceError(ValueError):
    """Losses that nobody accepted, or acceptances that fit nothing; the message is the table for the user."""


@dataclass(frozen=True)
class Acceptance:
    """One item of ``accept_loss``: a host and result, or a property of the platform, with the reason.

    `ports` are those that a site blocks, for the property ``site_ports`` alone.
    """

    subject: str
    result: str | None
    reason: str
    is_property: bool
    ports: Ports = ()


_FORMS: t.Final = ({"host", "result", "reason"}, {"property", "reason"}, {"property", "ports", "reason"})


def parse_acceptances(items: t.Any) -> list[Acceptance]:
    """Return the checked items of an ``accept_loss`` list.

    Raises:
        AcceptanceError: an item misses its reason, or is of no known form.
    """
    accepted = []
    for number, item in enumerate(items or ()):
        where = f"accept_loss[{number}]"
        if (
            not isinstance(item, dict)
            or set(item) not in _FORMS
            or (item.get("property") == SITE_PORTS) != ("ports" in item)
        ):
            raise AcceptanceError(
                f"{where}: {quoted(str(item))} is of none of the forms {{host:, result:, reason:}}, "
                f"{{property:, reason:}} and {{property: {SITE_PORTS}, ports:, reason:}}"
            )
        reason = str(item["reason"]).strip()
        if not reason:
            raise AcceptanceError(f"{where}: the reason is empty; say why this loss is acceptable")
        subject = str(item.get("host") or item.get("property"))
        accepted.append(
            Acceptance(subject, item.get("result"), reason, "property" in item, _accepted_ports(item, where))
        )
    return accepted


def _accepted_ports(item: t.Mapping[str, t.Any], where: str) -> Ports:
    if "ports" not in item:
        return ()
    try:
        ports = parse_ports(item["ports"], f"{where}.ports")
    except EndpointError as error:
        raise AcceptanceError(str(error)) from error
    if not ports:
        raise AcceptanceError(f"{where}.ports: no port is named; name those that the site blocks")
    return ports


def judge(losses: t.Iterable[Loss], acceptances: t.Sequence[Acceptance]) -> None:
    """Stop where a loss that matters was not accepted, or an acceptance of a host fits no loss.

    Raises:
        AcceptanceError: with a table of what stops, and the lines that would accept it.
    """
    taken = {(a.subject, a.result) for a in acceptances if not a.is_property}
    properties = {a.subject for a in acceptances if a.is_property}
    stopping, used = [], set()
    for loss in losses:
        key = (loss.subject, loss.result)
        if loss.prop in properties and loss.prop:
            continue
        if key in taken:
            used.add(key)
        elif loss.stops:
            stopping.append(loss)
    if stopping:
        raise AcceptanceError(_refusal(stopping))
    unused = sorted(f"{subject} ({result})" for subject, result in taken - used)
    if unused:
        raise AcceptanceError(
            f"accept_loss accepts what is not lost: {', '.join(unused)}. Remove these items, "
            "so that the list of accepted losses stays true."
        )


def _refusal(stopping: t.Sequence[Loss]) -> str:
    width = max(len(loss.prop or loss.subject) for loss in stopping)
    rows = [f"  {loss.prop or loss.subject:<{width}}  {loss.result:<11}  {loss.detail}" for loss in stopping]
    lines = dict.fromkeys(f"  - {_acceptance_line(loss)}" for loss in stopping)  # one endpoint may be of several rows
    return "\n".join(
        [
            f"{len(stopping)} endpoint(s) would not be carried out as written, and nobody accepted that:",
            *rows,
            "Change the list, or accept with these lines under allowlist_accept_loss (accept_loss), giving the reason:",
            *lines,
        ]
    )


def _acceptance_line(loss: Loss) -> str:
    if loss.prop:
        return f"{{property: {loss.prop}, reason: ''}}"
    return f"{{host: '{loss.subject}', result: {loss.result}, reason: ''}}"
