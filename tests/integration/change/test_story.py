# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A change over three proxies: refused, a canary that fails, a mended one that goes through, and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import Lab

from .story import Story

FAULT = "acl broken dstdomain -n login.microsoftonline.com\nhttp_access deny broken\n"
LISTED = ("www.microsoft.com", "login.microsoftonline.com")


@pytest.fixture()
def story(campus_lab: Lab, tmp_path: Path) -> Story:
    return Story(campus_lab, tmp_path)


def test_the_whole_story(story: Story) -> None:
    first = {"allowlist_change": "CHG-1", "allowlist_require_approval": "true"}
    assert story.play("plan", **first).status == 0

    # Not without an approval, nor outside a change.
    refused = story.play("apply", **first)
    assert refused.status != 0
    assert "Change CHG-1 is not approved" in refused.said
    outside = story.play("apply", allowlist_require_approval="true")
    assert outside.status != 0
    assert "nothing is applied outside a change" in outside.said
    assert [story.allows(number, *LISTED) for number in (1, 2, 3)] == [[False, False]] * 3

    # A fault in the canary's own rules: it is seen from behind it, taken back, and nobody else is touched.
    story.lab.squid("proxy1").configure("10-site.conf", FAULT)
    story.lab.squid("proxy1").reconfigure()
    story.approve("CHG-1")
    failed = story.play("apply", **first)
    assert failed.status != 0
    assert "Change CHG-1, batch 1 of 3: It does not stand, and is taken back." in failed.said
    assert "desk1: login.microsoftonline.com:443 was not let through (proxy_denied)" in failed.said
    assert story.stages("CHG-1") == {"proxy1": "restored", "proxy2": "waiting", "proxy3": "waiting"}
    assert [story.allows(number, *LISTED) for number in (1, 2, 3)] == [[False, False]] * 3
    assert "was taken back on proxy1" in story.play("apply", **first).said

    # Mended, as a change of its own.
    story.lab.squid("proxy1").configure("10-site.conf", "")
    story.lab.squid("proxy1").reconfigure()
    second = {**first, "allowlist_change": "CHG-2"}
    assert story.play("plan", **second).status == 0
    story.approve("CHG-2")
    done = story.play("apply", **second)
    assert done.status == 0, done.said
    assert story.stages("CHG-2") == dict.fromkeys(("proxy1", "proxy2", "proxy3"), "confirmed")
    assert [story.allows(number, *LISTED) for number in (1, 2, 3)] == [[True, True]] * 3

    # Once is enough; and back.
    assert "was already applied" in story.play("apply", **second).said
    back = story.play("restore", **second)
    assert back.status == 0, back.said
    assert story.stages("CHG-2") == dict.fromkeys(("proxy1", "proxy2", "proxy3"), "restored")
    assert [story.allows(number, *LISTED) for number in (1, 2, 3)] == [[False, False]] * 3
