# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What a web server serves at an address, as those see it who fetch the list from there."""

from __future__ import annotations

import typing as t
import urllib.error

from ansible.module_utils.urls import open_url

_TIMEOUT = 10
_LARGEST = 64 * 1024 * 1024


class Served(t.NamedTuple):
    """`status` is ``answered`` (with the `body` as latin-1 text), ``missing`` (404 or 410) or ``silent``."""

    status: str
    body: str = ""


def fetch(url: str) -> Served:
    """Return what is served at `url`, never from a cache on the way and never through a proxy."""
    try:
        with open_url(
            url, headers={"Cache-Control": "no-cache"}, timeout=_TIMEOUT, use_proxy=False, follow_redirects="none"
        ) as response:
            return Served("answered", response.read(_LARGEST).decode("latin-1"))
    except urllib.error.HTTPError as error:
        with error:
            return Served("missing" if error.code in (404, 410) else "silent")
    except (OSError, ValueError):
        return Served("silent")
