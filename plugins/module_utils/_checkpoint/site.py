# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What an application-site holds of a list, in the one form over which its digest is taken."""

from __future__ import annotations

import typing as t
from functools import lru_cache

URLS = "url-list"
REGULAR = "urls-defined-as-regular-expression"


def canonical(urls: t.Iterable[str]) -> list[str]:
    """Return entries once each, sorted by their labels from the right, in whatever order a server keeps them."""
    # By their text first, so that two with the same labels have their order too.
    return sorted(sorted(set(urls)), key=_by_labels)


@lru_cache(maxsize=65536)  # a run sorts the same list several times: as it is, as it was taken, as it is read back
def _by_labels(url: str) -> str:
    return "\0".join(url.replace("\\.", ".").split(".")[::-1])


def content_of(urls: t.Iterable[str], regular: bool = True) -> dict[str, t.Any]:
    """Return the content of a list: its entries, and whether they are regular expressions."""
    return {URLS: canonical(urls), REGULAR: regular}
