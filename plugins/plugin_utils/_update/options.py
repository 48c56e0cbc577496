# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the two modules, and what they mean as checked values."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import shipped
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.files import FORMATS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, EndpointError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import quoted
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.client import Client
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.feeds import (
    BASE_URL,
    SERVICE_AREAS,
    WEB_SERVICE,
    read_feed,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.run import Wish
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.valve import Policy

Spec = dict[str, dict[str, t.Any]]

FEED_OPTIONS: t.Final[Spec] = {
    "source": {"type": "str", "default": WEB_SERVICE},
    "url": {"type": "str"},
    "format": {"type": "str", "choices": list(FORMATS), "default": "auto"},
    "base_url": {"type": "str", "default": BASE_URL},
    "instance": {"type": "str", "choices": list(shipped.INSTANCES), "default": shipped.INSTANCES[0]},
    "service_areas": {"type": "list", "elements": "str", "choices": list(SERVICE_AREAS)},
    "tenant": {"type": "str"},
    "ipv6": {"type": "bool", "default": True},
}
"""What one feed is; the rest holds for all of them."""

UPDATE_OPTIONS: t.Final[Spec] = {
    "catalogue_dir": {"type": "path", "required": True},
    **FEED_OPTIONS,
    "seen_version": {"type": "str", "default": ""},
    "ca_path": {"type": "path"},
    "timeout": {"type": "float", "default": 30.0},
    "max_removed": {"type": "float", "default": 10.0},
    "grace": {"type": "int", "default": 30},
    "pinned": {"type": "list", "elements": "str", "default": []},
    "acknowledge": {"type": "list", "elements": "str", "default": []},
}

INFO_OPTIONS: t.Final[Spec] = {
    "catalogue_dir": {"type": "path", "required": True},
    "source": {"type": "str"},
}

_ONLY_SERVICE: t.Final = ("service_areas", "tenant", "seen_version")
_LONGEST_GRACE: t.Final = 3650
_DIGEST = re.compile(r"[0-9a-f]{12,64}")


def read_wish(options: t.Mapping[str, t.Any]) -> Wish:
    """Return what the validated options of a task ask for.

    Raises:
        CatalogueError: an option does not fit; the message names it.
    """
    if options.get("url"):
        for name in _ONLY_SERVICE:
            if options.get(name):
                raise CatalogueError(
                    f"{name}: This is an option of the web service, and url names a list; leave it out."
                )
    share, grace = float(options["max_removed"]), int(options["grace"])
    if not 0 <= share <= 100:
        raise CatalogueError(f"max_removed: {share:g} is no share in percent; write a number from 0 to 100.")
    if not 0 <= grace <= _LONGEST_GRACE:
        raise CatalogueError(f"grace: {grace} is no number of days from 0 to {_LONGEST_GRACE}.")
    policy = Policy(share, grace, tuple(_pin(text) for text in options.get("pinned") or ()))
    return Wish(read_feed(options), policy, tuple(_digest(text) for text in options.get("acknowledge") or ()))


def read_client(options: t.Mapping[str, t.Any]) -> Client:
    """Return how the options say to ask.

    Raises:
        CatalogueError: an option does not fit; the message names it.
    """
    timeout = float(options["timeout"])
    if not 0 < timeout <= 3600:
        raise CatalogueError(f"timeout: {timeout:g} is no number of seconds from 1 to 3600.")
    return Client(timeout, options.get("ca_path"))


def _pin(text: str) -> Endpoint:
    try:
        return Endpoint.from_dict({"network" if re.fullmatch(r"[0-9a-fA-F.:]+/\d+", text) else "host": text})
    except EndpointError as error:
        raise CatalogueError(f"pinned: {error}; write a host pattern or a network.") from error


def _digest(text: str) -> str:
    digest = text.strip().lower()
    if not _DIGEST.fullmatch(digest):
        raise CatalogueError(
            f"acknowledge: {quoted(text)} is no digest; write the SHA-256 of the edition that waits, or at least the"
            " first 12 digits of it."
        )
    return digest
