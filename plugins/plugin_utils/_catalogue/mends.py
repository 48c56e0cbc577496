# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules by which a written name is repaired, and the reviewed table of torn names.

Nothing is repaired without a rule, and each rule says why it is safe. A line break that a document put inside a name
cannot be undone by joining the pieces (a letter may be lost, and the second piece may be a valid name of somebody
else), so each such name was looked up and stands here with its reason; any other tear is refused.
"""

from __future__ import annotations

import typing as t

LOWER_CASE: t.Final = "lower_case"
A_LABELS: t.Final = "a_labels"
SCHEME: t.Final = "scheme"
TRAILING_SLASH: t.Final = "trailing_slash"
SPACE_IN_ESCAPE: t.Final = "space_in_escape"
DOUBLE_ESCAPE: t.Final = "double_escape"
LINK_IN_CELL: t.Final = "link_in_cell"
REMNANT: t.Final = "remnant"

RULES: t.Final[dict[str, str]] = {
    LOWER_CASE: "Names are the same in upper and lower case; the lower is kept.",
    A_LABELS: "Names beyond ASCII are asked for by their A-labels (IDNA 2008).",
    SCHEME: "A scheme is no part of a name; it says the port.",
    TRAILING_SLASH: "A single slash after the name says no path.",
    SPACE_IN_ESCAPE: "A space stands between the backslash and the star that it escapes.",
    DOUBLE_ESCAPE: "The star was escaped twice, so that a backslash was left before it.",
    LINK_IN_CELL: "The separator before the documentation is missing, so that its link stands in the cell of names.",
    REMNANT: "Only the link of a removed row was left behind; it names no service and nothing to allow.",
}


class Mend(t.NamedTuple):
    """Two tokens that are pieces of one name, the name, and how we know."""

    rule: str
    head: str
    tail: str
    name: str
    reason: str


MENDS: t.Final = (
    # Reviewed 2026-11-23.
    Mend(
        "torn_groupsapi",
        "groupsapi-",
        "rod.outlookgroups.ms",
        "groupsapi-prod.outlookgroups.ms",
        "A line break stands inside the name and its 'p' is lost; the three names after it are groupsapi2-prod,"
        " groupsapi3-prod and groupsapi4-prod of the same domain.",
    ),
    Mend(
        "torn_scsquery",
        "scsquery-ss-",
        "us.trafficmanager.net",
        "scsquery-ss-us.trafficmanager.net",
        "A line break stands inside the name; its second piece alone is a name that any customer could register."
        " The names beside it are scsquery-ss-eu and scsquery-ss-asia of the same domain.",
    ),
)

_BY_PIECES: t.Final = {(mend.head, mend.tail): mend for mend in MENDS}


def mend_torn(head: str, tail: str) -> Mend | None:
    """Return the reviewed mend of a name torn into these two pieces; None where nobody has looked at it."""
    return _BY_PIECES.get((head, tail))


def why(rule: str) -> str:
    """Return the reason of a repair rule."""
    return RULES.get(rule) or next(mend.reason for mend in MENDS if mend.rule == rule)
