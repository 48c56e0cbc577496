# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options reach a dialect as a task gives them: what opens a network is never read out of a word for no."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import rpz
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects.options import OptionError

NAME: t.Final = {"name": "test"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        *((value, True) for value in (True, "yes", "True", 1)),
        *((value, False) for value in (False, "no", "False", None, "", 0)),
    ],
)
def test_a_flag_is_read_as_ansible_reads_it(given: t.Any, expected: bool) -> None:
    assert rpz.Options.from_dict({**NAME, "widen_globs": given}).widen_globs is expected


@pytest.mark.parametrize("given", ["perhaps", 2, [True]])
def test_what_says_neither_is_refused_by_name(given: t.Any) -> None:
    with pytest.raises(OptionError, match=r"^widen_globs: .* is neither true nor false"):
        rpz.Options.from_dict({**NAME, "widen_globs": given})
