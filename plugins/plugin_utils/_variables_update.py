# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables by which the catalogue is updated."""

from __future__ import annotations

from ansible_collections.managed_desktop.network.plugins.plugin_utils._variable import (
    CONTROLLER,
    UPDATE,
    Variable,
)


def update() -> tuple[Variable, ...]:
    """Return the variables of updates."""
    roles, group = (UPDATE,), CONTROLLER
    return (
        Variable(
            "feeds",
            "list",
            (
                "What to update, each a mapping of the keys below. The web service's list of Worldwide, with every "
                "service area, if not set."
            ),
            roles,
            group,
            elements="dict",
            default=[{"source": "microsoft365"}],
            options=_update_feed(),
            own=True,
        ),
        Variable(
            "max_removed",
            "float",
            "The share of the endpoints in force, in percent, that an update may take away unasked.",
            roles,
            group,
            default=10.0,
            own=True,
        ),
        Variable(
            "grace",
            "int",
            "For how many days an endpoint stays in force that its source no longer lists. With 0 it goes at once.",
            roles,
            group,
            default=30,
            own=True,
        ),
        Variable(
            "pinned",
            "list",
            "Host patterns and networks that no update may take away unasked.",
            roles,
            group,
            elements="str",
            default=[],
            own=True,
        ),
        Variable(
            "seen_version",
            "str",
            (
                "A version of the web service that a rulebook was told of. Where it is newer than what this controller "
                "has seen, the service is asked although it was asked less than an hour ago."
            ),
            roles,
            group,
            default="",
            own=True,
        ),
        Variable(
            "acknowledge",
            "list",
            "The digests of editions that wait, or at least the first 12 digits of them, to put them in force.",
            roles,
            group,
            elements="str",
            default=[],
            own=True,
        ),
        Variable(
            "ca_file",
            "str",
            (
                "A file on the controller with certificate authorities in PEM, trusted in place of the system's; for a "
                "mirror or a proxy with an authority of your own."
            ),
            roles,
            group,
            default="",
            own=True,
        ),
        Variable(
            "timeout", "float", "How many seconds one whole answer may take.", roles, group, default=30.0, own=True
        ),
        Variable(
            "fail_on_waiting",
            "bool",
            "Fail at the end where an edition waits to be acknowledged, so that a schedule notices.",
            roles,
            group,
            default=True,
            own=True,
        ),
    )


def _update_feed() -> tuple[Variable, ...]:
    return (
        Variable("source", "str", "The source, microsoft365 for the web service; with url the name of your list."),
        Variable("url", "str", "Where a list stands, https:// or file:///. The web service if not set."),
        Variable(
            "format",
            "str",
            "The format of the list at url.",
            choices=("auto", "markdown", "text", "yaml", "json", "csv"),
        ),
        Variable("base_url", "str", "Where the web service stands, if not at https://endpoints.office.com."),
        Variable(
            "instance",
            "str",
            "Which cloud's list to ask the web service for.",
            choices=("Worldwide", "China", "USGovDoD", "USGovGCCHigh"),
        ),
        Variable(
            "service_areas",
            "list",
            "The service areas to ask the web service for; all of them if not set.",
            elements="str",
            choices=("Common", "Exchange", "SharePoint", "Skype", "MEM"),
        ),
        Variable("tenant", "str", "Your tenant, if it shall be sent to the web service."),
        Variable("ipv6", "bool", "Whether to ask the web service for IPv6 networks too."),
    )
