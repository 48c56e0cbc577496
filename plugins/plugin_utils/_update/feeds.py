# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an update asks for, as checked values: the web service of one cloud, or a list at some address."""

from __future__ import annotations

import hashlib
import json
import re
import typing as t
import urllib.parse
from dataclasses import dataclass

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import shipped
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError, unknown
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.files import FORMATS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.kept import SOURCE_NAME
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.tenant import tenant_label
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.webservice import COMMON
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import quoted
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.client import shown

BASE_URL: t.Final = "https://endpoints.office.com"
WEB_SERVICE: t.Final = "microsoft365"
"""The source whose editions are answers of the web service."""
SERVICE_AREAS: t.Final = (COMMON, "Exchange", "SharePoint", "Skype", "MEM")
"""All that the web service knows; it leaves MEM (Intune) out of an answer unless it is asked for."""


@dataclass(frozen=True)
class Service:
    """The web service of one cloud. `areas` are sorted; `tenant` is a label, `ipv6` whether its networks are wanted.

    `seen_version` is a version that somebody else was told of, so that a newer one is asked for before it is due.
    """

    base_url: str = BASE_URL
    instance: str = shipped.INSTANCES[0]
    areas: tuple[str, ...] = tuple(sorted(SERVICE_AREAS))
    tenant: str | None = None
    ipv6: bool = True
    seen_version: str = ""
    source: str = WEB_SERVICE

    @property
    def track(self) -> str:
        """The name of its line of editions among those of the source."""
        return self.instance.lower()

    @property
    def address(self) -> str:
        """What it is known by among the sources that a controller asks."""
        return f"{self.base_url}/{self.instance}"

    @property
    def query(self) -> str:
        """What shapes the answer beside the version; a change of it makes another edition."""
        return json.dumps({"areas": self.areas, "tenant": self.tenant, "ipv6": self.ipv6}, sort_keys=True)

    def wants(self, endpoint: Endpoint) -> bool:
        """Tell whether an endpoint is of what is asked for, whoever gives it."""
        return endpoint.service in self.areas and (self.ipv6 or ":" not in (endpoint.network or ""))


@dataclass(frozen=True)
class Listing:
    """A list in some format at an address, `https:` or `file:`; `source` is the name that its editions get."""

    source: str
    url: str
    format: str = "auto"

    track: t.ClassVar[str] = ""

    @property
    def address(self) -> str:
        """What it is known by among the sources that a controller asks; without its query, which may hold a token."""
        public = shown(self.url)
        return public if public == self.url else f"{public}#{hashlib.sha256(self.url.encode()).hexdigest()[:12]}"

    @property
    def query(self) -> str:
        """What shapes the edition beside the list's own bytes."""
        return json.dumps({"url": self.address, "format": self.format}, sort_keys=True)

    def wants(self, endpoint: Endpoint) -> bool:
        """Tell whether an endpoint is of what is asked for: everything is."""
        return True


Feed = Service | Listing


def read_feed(options: t.Mapping[str, t.Any]) -> Feed:
    """Return the feed that the options of a task describe; with `url` it is a list, without the web service.

    Raises:
        CatalogueError: an option does not fit; the message names it.
    """
    source, url = options.get("source") or WEB_SERVICE, options.get("url")
    if url:
        return _listing(str(source), str(url), options)
    if source != WEB_SERVICE:
        raise CatalogueError(
            f"{quoted(str(source))} is not the web service ({WEB_SERVICE}); give its url, https: or file:."
        )
    areas = options.get("service_areas") or SERVICE_AREAS
    for area in areas:
        if area not in SERVICE_AREAS:
            raise unknown("service area", str(area), SERVICE_AREAS)
    tenant = options.get("tenant")
    return Service(
        base_url=_https(str(options.get("base_url") or BASE_URL), "base_url").rstrip("/"),
        instance=shipped.known_instance(options.get("instance") or shipped.INSTANCES[0]),
        areas=tuple(sorted({COMMON, *areas})),
        tenant=tenant_label(tenant) if tenant else None,
        ipv6=options.get("ipv6") is not False,
        seen_version=_version(options.get("seen_version") or ""),
    )


def _version(text: t.Any) -> str:
    if text and not re.fullmatch(r"[0-9]{10}", str(text)):
        raise CatalogueError(f"seen_version: {quoted(str(text))} is no version of the web service, YYYYMMDDNN.")
    return str(text)


def _listing(source: str, url: str, options: t.Mapping[str, t.Any]) -> Listing:
    if not SOURCE_NAME.fullmatch(source) or source == WEB_SERVICE:
        raise CatalogueError(
            f"source: {quoted(source)} cannot name a list; use lower-case letters, digits, '_' and '-', and another"
            f" name than {WEB_SERVICE}."
        )
    if urllib.parse.urlsplit(url).scheme != "file":
        _https(url, "url")
    format = options.get("format") or "auto"
    if format not in FORMATS:
        raise unknown("format", str(format), FORMATS)
    return Listing(source, url, format)


def _https(url: str, option: str) -> str:
    parts = urllib.parse.urlsplit(url)
    if (
        parts.scheme != "https"
        or not parts.hostname
        or "@" in parts.netloc
        or not url.isascii()
        or not url.isprintable()
    ):
        raise CatalogueError(
            f"{option}: {quoted(url)} is no address that begins with https:// and has no password in it."
        )
    return url
