# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Compiled lists on their way from the controller to a module: digest, packing, checked unpacking."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import typing as t
import zlib

MAX_UNPACKED = 256 * 1024 * 1024


class PackageError(Exception):
    """A package that is damaged, too large or not the one announced."""


class Package(t.NamedTuple):
    """`content` is what the appliance holds; `provenance` says which services ask for each entry."""

    content: dict[str, t.Any]
    provenance: dict[str, t.Any]


def content_digest(content: t.Mapping[str, t.Any]) -> str:
    """Return the SHA-256 over `content` written canonically: sorted keys, no spaces, ASCII."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def pack(package: Package) -> str:
    """Return the package as one opaque line of ASCII text."""
    data = json.dumps(package._asdict(), separators=(",", ":"), ensure_ascii=True)
    return base64.b64encode(zlib.compress(data.encode("ascii"), 1)).decode("ascii")


def unpack(text: str, digest: str) -> Package:
    """Return the package written in `text` after checking that its content has this `digest`.

    Raises:
        PackageError: it is damaged, larger than 256 MiB, or has another digest.
    """
    try:
        inflater = zlib.decompressobj()
        data = inflater.decompress(base64.b64decode(text, validate=True), MAX_UNPACKED)
        if inflater.unconsumed_tail or not inflater.eof:
            raise PackageError(f"the compiled list is cut off or larger than {MAX_UNPACKED} bytes")
        package = Package(**json.loads(data))
    except (binascii.Error, zlib.error, ValueError, TypeError, RecursionError) as error:
        raise PackageError(f"the compiled list is damaged: {error}") from error
    if not isinstance(package.content, dict) or not isinstance(package.provenance, dict):
        raise PackageError("the compiled list is damaged: it is no mapping of content and provenance")
    found = content_digest(package.content)
    if found != digest:
        raise PackageError(f"the compiled list has digest {found}, but {digest} was announced")
    return package
