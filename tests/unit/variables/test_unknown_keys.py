# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of a platform's options that nobody reads."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._variables import unknown


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"snippet_dir": "/x"}, []),
        ({"snipet_dir": "/x"}, ["allowlist_squid has no key snipet_dir. Did you mean snippet_dir?"]),
        ({"zzzzzz": 1}, ["allowlist_squid has no key zzzzzz. No known key is near it."]),
        ({7: 1}, ["allowlist_squid has no key 7. No known key is near it."]),
        ("no mapping", []),
        (None, []),
    ],
)
def test_a_misspelt_key_is_told_with_the_nearest_one(value: t.Any, said: list[str]) -> None:
    assert unknown(["allowlist_squid"], {"allowlist_squid": value}) == said


def test_keys_of_what_has_no_known_ones_are_not_judged() -> None:
    assert unknown([], {"allowlist_": {"x": 1}, "allowlist_name": {"x": 1}, "allowlist_nonsense": {"x": 1}}) == []
