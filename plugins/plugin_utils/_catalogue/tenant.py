# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What fills ``<tenant>``: the first label of a customer's own domain at Microsoft."""

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
_OWN_DOMAIN: t.Final = ".onmicrosoft.com"


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
