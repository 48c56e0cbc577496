# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Many probes as one opaque text, so that a task argument is neither templated nor walked by Ansible."""

from __future__ import annotations

import base64
import binascii
import json
import typing as t
import zlib

from ansible_collections.managed_desktop.network.plugins.module_utils._probe.model import Probe, ProbeError

MOST_OCTETS: t.Final = 64 * 1024 * 1024
"""No plan is larger once unpacked; 100,000 probes take about 20 MB."""


def encode(probes: t.Iterable[Probe]) -> str:
    """Return the probes as base64 of zlib of JSON."""
    plain = json.dumps([probe.to_dict() for probe in probes], separators=(",", ":"))
    return base64.b64encode(zlib.compress(plain.encode("ascii"), 6)).decode("ascii")


def decode(text: str) -> list[Probe]:
    """Return the probes that `encode` packed.

    Raises:
        ProbeError: the text is no plan, or is larger than `MOST_OCTETS` once unpacked.
    """
    try:
        unpack = zlib.decompressobj()
        plain = unpack.decompress(base64.b64decode(text, validate=True), MOST_OCTETS)
        if not unpack.eof:
            raise ProbeError(f"plan: cut short, or larger than {MOST_OCTETS} octets once unpacked")
        items = json.loads(plain)
    except (binascii.Error, zlib.error, ValueError) as error:
        if isinstance(error, ProbeError):
            raise
        raise ProbeError(f"plan: is not what the action plugin packs ({error})") from error
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ProbeError("plan: holds no list of probes")
    return [Probe.from_dict(item, f"plan[{place}]") for place, item in enumerate(items)]
