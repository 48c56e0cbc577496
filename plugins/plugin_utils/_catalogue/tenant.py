# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What fills ``<tenant>``: the first label of a customer's own domain at Microsoft.

The web service writes a star where it was not told the tenant (``TenantName``). Which of its wildcards stand for
tenants is no part of its answer, so they stand here.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.names import TENANT
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import (
    HostError,
    HostPattern,
    parse,
    quoted,
)

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
SAMPLE: t.Final = "tenant"
"""The label that stands for a tenant's where a placeholder is tried before there is one."""

_OWN_DOMAIN: t.Final = ".onmicrosoft.com"

_SHARES: t.Final = ("<tenant>", "<tenant>-my")

TENANT_NAMES: t.Final[dict[str, tuple[str, ...]]] = {
    # Reviewed 2026-11-23. The service's own pages print <tenant> for these.
    "autodiscover.*.onmicrosoft.com": ("autodiscover.<tenant>.onmicrosoft.com",),
    "autodiscover.*.onmicrosoft.us": ("autodiscover.<tenant>.onmicrosoft.us",),
    "autodiscover.*.mail.onmicrosoft.com": ("autodiscover.<tenant>.mail.onmicrosoft.com",),
    "autodiscover.*.mail.onmicrosoft.us": ("autodiscover.<tenant>.mail.onmicrosoft.us",),
    # Customers choose names here. The service gave a tenant's names until it joined its sets into one wildcard; the
    # table of Managed Desktop still has all four.
    "*.sharepoint.com": tuple(f"{name}.sharepoint.com" for name in (*_SHARES, "<tenant>-files", "<tenant>-myfiles")),
    "*.sharepoint.cn": tuple(f"{name}.sharepoint.cn" for name in _SHARES),
    "*.sharepoint.us": tuple(f"{name}.sharepoint.us" for name in _SHARES),
    "*.sharepoint-mil.us": tuple(f"{name}.sharepoint-mil.us" for name in _SHARES),
    # Not here: *.yammer.com, for which the page prints <tenant>.yammer.com. Its clients ask for www.yammer.com, and no
    # customer names anything there. Nor *.onmicrosoft.com, which the page leaves as it is.
}


def tenant_names(hosts: t.Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return those of the hosts that stand for every tenant, with the names of one."""
    present = set(hosts)
    return {host: names for host, names in TENANT_NAMES.items() if host in present}


def tenant_label(tenant: t.Any) -> str:
    """Return the label that `tenant` gives, as ``contoso`` or ``contoso.onmicrosoft.com``.

    Raises:
        CatalogueError: it is neither. Nothing else is taken, so that a wildcard or a second name cannot slip in.
    """
    label = str(tenant).lower()
    label = label[: -len(_OWN_DOMAIN)] if label.endswith(_OWN_DOMAIN) else label
    if isinstance(tenant, bool) or not _LABEL.fullmatch(label):
        raise CatalogueError(
            f"The tenant {quoted(str(tenant))} is neither a label (contoso) nor a name below {_OWN_DOMAIN[1:]}"
            " (contoso.onmicrosoft.com); give the initial domain of the tenant, not one of its own domains."
        )
    return label


def fill(template: str, label: str) -> HostPattern:
    """Return the host that a placeholder names for the tenant with this label.

    Raises:
        CatalogueError: the name would be too long.
    """
    try:
        return parse(template.replace(TENANT, label))
    except HostError as error:
        raise CatalogueError(f"The tenant {quoted(label)} does not fit into {template}: {error}.") from error
