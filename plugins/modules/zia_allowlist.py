#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: zia_allowlist
short_description: Set one allow-list on Zscaler Internet Access
version_added: 0.1.0
description:
  - Makes a custom URL category hold exactly the endpoints of the list, and, if wanted, another one those that are not
    to be inspected, and the tenant's list of exempted URLs those that need no login. One call sets the whole list,
    each category with one request, and activates all of it at once.
  - Where changes are saved and not active that are not of a run of this controller, the module refuses. Whose they are
    the API does not tell; the Activation menu of the admin portal does. They are not activated, altered or discarded.
    What a run of this controller saved and did not come to activate, because it was killed, is known by a note in
    O(backup_dir), and carried on.
  - On any failure what was there is put back and activated, but for what somebody else wrote after us, which is left as
    it stands and named.
  - The service activates what an administrator saved by itself once he was idle for 30 minutes (or as the tenant has
    it), so what a killed run saved comes into force without anybody's doing.
  - "What an entry means: a name is that name (C(x)), and C(*.x) becomes C(.x), which also means C(x) itself and
    reaches five levels down. That it does not reach deeper is the property C(depth), to be accepted once. C(*.*.x) and
    stars inside labels are unsupported, or with O(widen_globs) widened to the domain behind them. A path is
    widened, since it passes by HTTPS too where that is inspected, and one that ends in a star, or has upper case,
    becomes its directory, or the whole host; networks are unsupported, UDP is out of scope. Ports are told once
    (C(ports)), and TCP ports other than 80 and 443 need a rule of the firewall's policy as well (C(other_ports)).
    Where a wildcard of one category lies below one of the other, which goes first is not documented
    (C(nested_wildcards))."
  - "What was proved: the conversation, on a simulated tenant that Zscaler's own client accepts by both ways in and
    that answers as real traffic was recorded, with a failure of every kind at each single request. What only Zscaler's
    help says: what entries match, what activation does to others' changes, and the forms that nobody recorded. No real
    tenant was at hand."
  - The help allows 1,000 reads and 400 writes of a kind, and 40 activations an hour. A change takes one activation and
    one write for each part; a run that changes nothing reads two or three times. What is refused for its rate is asked
    again after the time that the service says.
extends_documentation_fragment:
  - managed_desktop.network.selection
  - managed_desktop.network.selection.tasks
  - managed_desktop.network.selection.editions
  - managed_desktop.network.selection.filters
  - managed_desktop.network.selection.acceptance
  - managed_desktop.network.allowlist
  - managed_desktop.network.zia
  - managed_desktop.network.api
  - managed_desktop.network.api.sets
options:
  adopt:
    description:
      - Take over a category of the list's name that is not ours, and replace what it holds. What it held stays in the
        back-up. It is never removed unless it is ours.
    type: bool
    default: false
  super_category:
    description: The super category of a category that is made. What one that is there has is kept.
    type: str
    default: USER_DEFINED
  widen_globs:
    description: Let all names of the domain behind a star inside a label pass, instead of stopping.
    type: bool
    default: false
  max_urls:
    description:
      - How many custom URLs the tenant may have, all categories and exempted URLs together. 25,000 if not set.
      - Before anything is written the tenant's own quota is asked for as well.
    type: int
  max_categories:
    description:
      - How many custom URL categories the tenant may have. 64 if not set, which is what the vendor documents.
      - The API does not tell the tenant's own figure; it is compared with before anything is written.
    type: int
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.zia_allowlist_info
"""

EXAMPLES = r"""
- name: Let a category hold the endpoints of Microsoft Managed Desktop
  managed_desktop.network.zia_allowlist:
    cloud: zscalertwo
    username: automation@example.com
    password: "{{ vault_zia_password }}"
    api_key: "{{ vault_zia_api_key }}"
    sources: [managed_desktop]
    tenant: contoso
    accept_loss:
      - property: depth
        reason: no name of Microsoft's is that deep

- name: See what would change
  managed_desktop.network.zia_allowlist:
    vanity_domain: example
    client_id: "{{ vault_zscaler_client_id }}"
    client_secret: "{{ vault_zscaler_client_secret }}"
    sources: [managed_desktop]
    accept_loss: "{{ accepted }}"
  check_mode: true
  diff: true

- name: Keep what must not be inspected in a category of its own, and exempt what cannot log in
  managed_desktop.network.zia_allowlist:
    vanity_domain: example
    client_id: "{{ vault_zscaler_client_id }}"
    client_secret: "{{ vault_zscaler_client_secret }}"
    category: Microsoft endpoints
    inspection_category: Microsoft endpoints (not inspected)
    exempt_authentication: true
    widen_globs: true
    sources: [managed_desktop, microsoft365]
    accept_loss: "{{ accepted }}"

- name: Put back what was there before the last change
  managed_desktop.network.zia_allowlist:
    vanity_domain: example
    client_id: "{{ vault_zscaler_client_id }}"
    client_secret: "{{ vault_zscaler_client_secret }}"
    restore: latest
"""

RETURN = r"""
before:
  description: The list that was saved.
  returned: success
  type: dict
  contains:
    digest:
      description: SHA-256 of its content, or null where there was none.
      type: str
    entries:
      description: How many entries it had.
      type: int
after:
  description: The list that is saved now, or would be.
  returned: success
  type: dict
  sample: {"digest": "0b6f…", "entries": 69}
running:
  description:
    - What is active. While changes are pending, by whomever, it is known only where the saved list is the one that this
      controller last saw active; otherwise the digest is null, and the list does not count as in step.
  returned: success
  type: dict
  contains:
    state:
      description: V(running) or V(none).
      type: str
    digest:
      description: The digest of the list that is active, null where that is not known.
      type: str
difference:
  description: What was missing and what was foreign, by service, and whether the saved list was not known to be active.
  returned: success
  type: dict
  sample:
    missing: {"count": 1, "by_service": {"Office 365": ["www.office.com"]}, "truncated": false}
    foreign: {"count": 0, "by_service": {}, "truncated": false}
    not_running: false
losses:
  description: Every endpoint that the list cannot carry out as written.
  returned: when a list was compiled
  type: list
  elements: dict
accepted:
  description: The acceptances that were given.
  returned: when a list was compiled
  type: list
  elements: dict
editions:
  description: The editions of the sources, with their status and the SHA-256 of their files.
  returned: when a list was compiled
  type: list
  elements: dict
  sample:
    - source: managed_desktop
      edition: "2018-08-29-aad339da"
      status: draft
      sha256: a5f7d3fd97beee45fbbb23b7fe9437553cefb4fff757c93766366d970bc5a2cd
endpoints:
  description: How many endpoints the list has.
  returned: when a list was compiled
  type: int
entries:
  description: How many entries they became, in all parts of the list together.
  returned: when a list was compiled
  type: int
covered:
  description: How many endpoints needed no entry, because another one covers them.
  returned: when a list was compiled
  type: int
backup:
  description: The path of the back-up on the controller, null where nothing was changed.
  returned: success, and failure after a back-up was made
  type: str
zia:
  description: The API that was asked, and how it was logged in, by V(session) or V(token).
  returned: success
  type: dict
  sample: {"device": "zsapi.zscalertwo.net", "login": "session"}
"""
