# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which texts the service takes for a custom URL (zia/url-format-guidelines)."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import typing as t

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")
_REST = re.compile(r"[!-~]*")


def fault_of(url: t.Any) -> str | None:
    """Return what is wrong with a custom URL; None where it fits."""
    if not isinstance(url, str) or not url.isascii():
        return "is not ASCII"
    if len(url) > 1024:
        return "has more than 1024 characters"
    if "://" in url or "*" in url or url != url.lower() or not _REST.fullmatch(url):
        return "has a scheme, a star, white space or upper case"
    host = re.split(r"[:/?]", url.removeprefix("."), maxsplit=1)[0]
    return _fault_of_host(host, url.startswith("."))


def _fault_of_host(host: str, wild: bool) -> str | None:
    try:
        ipaddress.ip_address(host)
        return None
    except ValueError:
        pass
    labels = host.split(".")
    if len(host) > 255 or any(len(label) > 63 or not _LABEL.fullmatch(label) for label in labels):
        return "is no name"
    if len(labels) < 2:
        return "is a top-level domain alone"
    if "_" in labels[-1] or ("_" in labels[-2] and (wild or len(labels) > 2)) or "_" in labels:
        return "has an underscore where none may be"
    return None


def in_its_order(urls: t.Iterable[str]) -> list[str]:
    """Return URLs as the service gives them back: each once, and in no order of the caller's (recorded)."""
    return sorted(set(urls), key=lambda url: hashlib.sha256(url.encode("utf-8")).digest())
