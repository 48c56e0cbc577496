# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""From a module's parameters to the appliance that keeps the list the one way or the other."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import Progress
from ansible_collections.managed_desktop.network.plugins.module_utils._api.options import backups_of, http_of
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.api import FortiClient
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.device import FortiAppliance
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.options import (
    PUSH_FEED,
    feed_of,
    refuse_malformed,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.push_feed import PushFeed
from ansible_collections.managed_desktop.network.plugins.module_utils._fortios.url_filter import UrlFilter


def fortios_from(params: t.Mapping[str, t.Any], progress: Progress) -> FortiAppliance:
    """Return the appliance that the module's parameters describe.

    Raises:
        ApplianceError: an option does not fit.
    """
    refuse_malformed(params)
    http = http_of(params, [params["access_token"]])
    client = FortiClient(http, params["access_token"], params["vdom"])
    name, timeout = params["name"], params.get("activation_timeout", 600.0)
    if params["method"] == PUSH_FEED:
        feed = feed_of(params)
        backups = backups_of("fortios", params, params["vdom"], f"feed-{feed}")
        return PushFeed(client, name, feed, params.get("feed_type"), params.get("category"), backups, timeout, progress)
    table = params["table_id"]
    backups = backups_of("fortios", params, params["vdom"], f"table-{table}")
    seconds = params.get("transaction_timeout", 60)
    return UrlFilter(client, name, table, params["inspection_mode"], backups, timeout, seconds, progress)
