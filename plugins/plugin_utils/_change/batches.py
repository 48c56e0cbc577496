# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which appliances are changed together, and in what order. Pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import ChangeError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import quoted

DEFAULT_SIZES: t.Final = ("1", "10%", "100%")

_SIZE = re.compile(r"[1-9][0-9]{0,5}|(?:[1-9]|[1-9][0-9]|100)%")


def batches_of(
    rings: t.Mapping[str, t.Any], sizes: t.Sequence[t.Any], order: t.Iterable[t.Any] = ()
) -> list[list[str]]:
    """Return the appliances in batches, in order.

    Args:
        rings: the ring of each appliance, in the order of the inventory; None where it has none. Where all have one,
            a batch is a ring: numbers first, then names as they come.
        sizes: otherwise how many appliances each batch has, a number or a share of all such as ``10%``; the last is
            repeated until all have their turn.
        order: the rings of the whole fleet in its order, so that names come in the same order whoever changes.

    Raises:
        ChangeError: some appliances have a ring and some have none, or a size is neither.
    """
    without = [name for name, ring in rings.items() if ring is None or str(ring) == ""]
    if len(without) < len(rings):
        if without:
            raise ChangeError(
                f"allowlist_ring is set for some appliances and not for {', '.join(without[:10])}. Set it for all that "
                "are changed, or for none, and allowlist_batches instead."
            )
        ordered = sorted(dict.fromkeys(str(ring) for ring in (*order, *rings.values())), key=_number)
        found = [[name for name, ring in rings.items() if str(ring) == wanted] for wanted in ordered]
        return [batch for batch in found if batch]
    return _by_size(list(rings), [_size(item, len(rings)) for item in sizes or DEFAULT_SIZES])


def _number(ring: str) -> tuple[bool, int]:
    is_number = ring.isascii() and ring.isdigit()
    return not is_number, int(ring) if is_number else 0


def _size(item: t.Any, total: int) -> int:
    text = str(item).strip()
    if not _SIZE.fullmatch(text):
        raise ChangeError(
            f"allowlist_batches: {quoted(text)} is neither a number of appliances from 1 nor a share from 1% to 100%."
        )
    return max(1, total * int(text[:-1]) // 100) if text.endswith("%") else int(text)


def _by_size(names: list[str], sizes: list[int]) -> list[list[str]]:
    found: list[list[str]] = []
    while names:
        size = sizes[min(len(found), len(sizes) - 1)]
        found.append(names[:size])
        names = names[size:]
    return found
