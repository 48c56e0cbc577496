# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of many times the size of the real ones."""

from __future__ import annotations

import datetime
import json
import time

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import CURRENT, Edition
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.listing import import_listing
from ansible_collections.managed_desktop.network.plugins.plugin_utils._update.valve import Policy, judge

TODAY = datetime.date(2026, 11, 27)


def edition(*items: str) -> Edition:
    return import_listing(json.dumps(items), Edition("own", "new", CURRENT))


def test_thousands_of_held_endpoints_are_judged_at_once() -> None:
    many = edition(*(f"h{number}.example.com" for number in range(5000)))
    few = edition("h0.example.com")
    held = judge(many, (), few, Policy(), TODAY).held
    assert len(held) == 4999
    began = time.monotonic()
    assert len(judge(few, held, few, Policy(), TODAY).held) == 4999
    assert time.monotonic() - began < 5  # quadratic, it took minutes
