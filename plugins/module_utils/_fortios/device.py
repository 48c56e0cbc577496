# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What both ways of keeping a list on a FortiGate have in common: whose it is, high availability, what is reported."""

from __future__ import annotations

import abc
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._api.appliance import ApiAppliance
from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import Progress
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.api import (
    FortiClient,
    Reply,
    Version,
    shown_version,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError, State

Json = dict[str, t.Any]

_TLS: Json = {
    "tls_inspection": "unknown",
    "protocol_detection": "unknown",
    "protocol_detection_of_list": "unknown",
    "stands_for_it": "deep inspection of a policy's SSL/SSH inspection profile",
    "switched_off_by": (
        "an exemption in that profile, by the category of an external feed (feed_type: category), an address or a "
        "wildcard FQDN"
    ),
    "floor": "min-allowed-ssl-version of that profile, per protocol; whether TLS 1.2 is its default is unknown",
    "sources": [
        "https://docs.fortinet.com/document/fortigate/7.2.4/administration-guide/995517/fortiguard-category-threat-feed",
        "https://docs.fortinet.com/document/fortigate/7.6.0/cli-reference/116695140",
    ],
}
"""The page's requirement on protocol detection and TLS 1.2: what the vendor's pages say, since a list does not show."""


class FortiAppliance(ApiAppliance, abc.ABC):
    """One list in one virtual domain."""

    platform = "fortios"
    module = "fortios_allowlist"
    client: FortiClient

    def __init__(self, client: FortiClient, name: str, backup_dir: str, timeout: float, progress: Progress) -> None:
        super().__init__(client, backup_dir)
        self.name = name
        self.activation_timeout = timeout
        self.progress = progress
        self._first: t.Any = None

    @property
    def marker(self) -> str:
        """What the comment of an object says that is ours."""
        return f"managed_desktop.network list {self.name}"

    @property
    @abc.abstractmethod
    def place(self) -> str:
        """What messages call the list's place on the device."""

    @abc.abstractmethod
    def look(self) -> t.Any:
        """Ask the device for all that is to be known of the list."""

    @abc.abstractmethod
    def state_of(self, seen: t.Any) -> State:
        """Return what was seen as the flow wants it."""

    def read(self) -> State:
        """Read the list; what was asked for before the flow began is not asked for again."""
        seen, self._first = self._first or self.look(), None
        return self.state_of(seen)

    def facts(self) -> Json:
        self._first = self.look()
        return {
            "device": self.device,
            "serial": self.client.serial,
            "version": shown_version(self.client.version),
            "vdom": self.client.vdom,
            "place": self.place,
        }

    def details(self, state: State) -> Json:
        return {"tls": _TLS}

    def refuse_version(self, since: Version, what: str) -> None:
        """Refuse a device that is too old for `what`.

        Raises:
            ApplianceError: it is, or does not tell its version.
        """
        if not self.client.since(since):
            raise ApplianceError(
                f"{self.device} runs FortiOS {shown_version(self.client.version)}, and {what} came with "
                f"{shown_version(since)}. Use the other method, or a newer version."
            )

    def refuse_others(self, comment: t.Any) -> None:
        """Refuse an object whose comment does not say that it is ours.

        Raises:
            ApplianceError: it does not; the message says how to hand it over.
        """
        if not isinstance(comment, str) or self.marker not in comment:
            raise ApplianceError(
                f"{self.place} on {self.device} is not this list's: its comment is {self._quoted(comment)}. If the "
                f"list may replace all that is in it, write {self.marker!r} into the comment; otherwise choose another."
            )

    def refuse_secondary(self) -> None:
        """Refuse a member of a cluster that is not the one in charge: what is written there the other one undoes.

        Raises:
            ApplianceError: it is not, and the message names the one that is.
        """
        reply = self.client.ask("GET", "monitor/system/ha-peer")
        if reply.missing:
            return
        peers = self.client.needed(reply, "tell its cluster (monitor/system/ha-peer)").data.get("results")
        if not isinstance(peers, list):
            raise ApplianceError(f"{self.device} tells of its cluster what is no list of members.")
        members = [peer for peer in peers if isinstance(peer, dict)]
        own = [peer for peer in members if peer.get("serial_no") == self.client.serial]
        if own and not any(_in_charge(peer) for peer in own):
            primary = [peer for peer in members if _in_charge(peer)]
            named = self._quoted(primary[0].get("hostname")) if primary else "another member"
            raise ApplianceError(
                f"{self.device} is a secondary member of its cluster, and {named} is in charge. Give host the address "
                "of the cluster, or of that member."
            )

    def one_result(self, reply: Reply, what: str) -> Json:
        """Return the one object of an answer.

        Raises:
            ApplianceError: it has none, or more.
        """
        results = self.client.needed(reply, f"show {what}").data.get("results")
        if not isinstance(results, list) or len(results) != 1 or not isinstance(results[0], dict):
            raise ApplianceError(f"{self.device} shows of {what} what is no such object.")
        return dict(results[0])

    def _quoted(self, text: t.Any) -> str:
        return repr(self.client.http.clean(text)[:80]) if text else "empty"


def _in_charge(peer: Json) -> bool:
    """Tell whether a member is in charge; one of which the device does not say is taken to be."""
    said = [peer[key] for key in ("primary", "master") if key in peer]
    return any(said) or not said
