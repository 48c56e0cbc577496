# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options that say where a tenant of Zscaler Internet Access is, and who asks."""

    DOCUMENTATION = r"""
options:
  host:
    description:
      - The host of the cloud service API, for a tenant that O(cloud) does not lead to.
      - Defaults to V(zsapi.<cloud>.net) for a login by O(username), and to V(api.zsapi.net), V(api.<cloud>.zsapi.net)
        or the government clouds' own for one by O(client_id).
    type: str
    required: false
  cloud:
    description:
      - The cloud of the tenant, without a domain. By O(username) such as V(zscaler), V(zscalerone), V(zscalertwo),
        V(zscalerthree), V(zscloud), V(zscalerbeta), V(zscalergov), V(zscalerten) or V(zspreview); by O(client_id) none,
        V(beta), V(gov), V(govus) or another name of OneAPI.
      - May come from C(ZIA_CLOUD) or C(ZSCALER_CLOUD).
    type: str
  username:
    description:
      - The login ID of an administrator, for the API with sessions. Give it with O(password) and O(api_key).
      - Make one for this collection alone. What an administrator has saved becomes active when one of his sessions
        ends, so a person who edits under the same account would have his changes activated by ours.
      - May come from C(ZIA_USERNAME).
    type: str
  password:
    description: The password of it. May come from C(ZIA_PASSWORD).
    type: str
  api_key:
    description: The key of the cloud service API, as the tenant has it, 12 characters. May come from C(ZIA_API_KEY).
    type: str
  client_id:
    description:
      - The ID of an API client of ZIdentity, for OneAPI. Give it with O(client_secret) and O(vanity_domain).
      - May come from C(ZSCALER_CLIENT_ID).
    type: str
  client_secret:
    description: The secret of it. May come from C(ZSCALER_CLIENT_SECRET).
    type: str
  vanity_domain:
    description:
      - The organization's own part of the login's address, without V(zslogin.net).
      - May come from C(ZSCALER_VANITY_DOMAIN).
    type: str
  login_host:
    description: Where tokens are given, as host or host:port, for a tenant that O(vanity_domain) does not lead to.
    type: str
  category:
    description:
      - The name of the custom URL category that holds the list. Defaults to O(name).
      - A category of that name is ours where its description bears the mark of this list.
    type: str
  inspection_category:
    description:
      - The name of another category, for the endpoints that want no TLS inspection (C(bypass_inspection)). They stand
        there and not in O(category), because a name that stands in one category is taken from a wildcard of another.
      - So the URL filtering rule that lets the list through has to name both categories, and an SSL inspection rule
        with the action Do Not Inspect this one. Rules are not touched.
    type: str
  exempt_authentication:
    description:
      - Add the endpoints that want no login (C(bypass_authentication)) to the tenant's list of exempted URLs. Entries
        of others in it stay; which are ours is noted in O(backup_dir).
    type: bool
    default: false
"""
