#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: checkpoint_allowlist
short_description: Set one allow-list on a Check Point management server, and install it
version_added: 0.1.0
description:
  - Makes one application-site hold exactly the endpoints of the list, publishes it and installs the policy. One call
    sets the whole list, in one session. The site's own rules refer to the application-site by its name; they are not
    touched.
  - What was there is put back where anything fails - discarded before it is published; set, published and installed
    again after.
  - "Sessions are private, and so they stay. What others have pending is never published nor discarded. Where somebody
    has the application-site locked, the task is refused and names him with his session. A session that a run of this
    collection left, because it died, is known by its name, administrator and controller, and is discarded. Before
    anything is changed the object is locked, and compared with what was read."
  - "An installation brings to the gateways all that is published. Where others have published what is not yet
    installed on all targets, the task is refused and names them, unless O(install_others) is set. Where they do so
    while the list is being published, it is taken back and not installed."
  - "What can be expressed: C(a.example), C(*.a.example), stars inside labels and whole inner labels exactly. Each is
    an anchored regular expression - an optional scheme, the name, an optional port, and then a slash or the end -
    because plain entries are not anchored and end in an implicit star: C(a.example) would also match
    C(a.example.evil.test). Paths of plain HTTP can be expressed as far as the vendor says how a gateway reads a URL,
    which is reported as a widening. Networks are unsupported. There are no ports: the rule says which services are
    open. Ports other than 80, 443 and 8080 are reported as V(narrowed), once, as the property V(other_services). UDP is
    out of scope."
  - "One application-site serves one purpose. For the endpoints that must not be inspected, set a second list with
    O(treatments=[bypass_inspection]) and another O(name), and let a rule of the HTTPS inspection layer with the action
    Bypass refer to it, in the field C(site-category). That this field takes an application-site is not confirmed by a
    page of the vendor that was found."
  - "What was proved, on a simulated management server that the vendor's own client (cp-mgmt-api-sdk) takes for one: the
    conversation, locks, sessions, tasks, and that any failure at any request leaves the old list or the new one. What
    rests on the vendor's documentation and its users alone: what a gateway makes of an entry. No figure of the vendor
    for the number or length of entries was found; what the server refuses is passed on, and nothing is changed."
extends_documentation_fragment:
  - managed_desktop.network.selection
  - managed_desktop.network.selection.tasks
  - managed_desktop.network.selection.editions
  - managed_desktop.network.selection.filters
  - managed_desktop.network.selection.acceptance
  - managed_desktop.network.allowlist
  - managed_desktop.network.api
  - managed_desktop.network.api.sets
  - managed_desktop.network.checkpoint
options:
  primary_category:
    description: The category of the application-site, where it is made anew.
    type: str
    default: Custom_Application_Site
  install_others:
    description:
      - Install the policy although others have published changes that are not installed on all targets yet. They come
        into force with the list.
    type: bool
    default: false
notes:
  - A login in check mode is for reading only. A server takes three logins a minute of one administrator in one domain;
    a task needs one.
  - A task that finds nothing to do makes four requests - the login, the application-site, the policy package and the
    logout.
  - What the gateways run is told from the revision of the management database that each has installed. See
    M(managed_desktop.network.checkpoint_allowlist_info).
  - A gateway judges an https request that it does not inspect by the name that the client sends and by the server's
    certificate.
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.checkpoint_allowlist_info
  - module: managed_desktop.network.reachability_info
  - name: Check Point management API reference
    description: The commands that are used.
    link: https://sc1.checkpoint.com/documents/latest/APIs/
  - name: Custom Application or Site
    description: What the vendor says of regular expressions in custom sites.
    link: https://sc1.checkpoint.com/documents/R81.10/SmartConsole_OLH/EN/Topics-OLH/rPg4e-5enPIZIsIglRw45w2.htm
  - name: Regular Expressions
    description: The metacharacters that the vendor lists, for custom sites too.
    link: https://sc1.checkpoint.com/documents/R80.10/WebAdminGuides/EN/CP_R80.10_ThreatPrevention_AdminGuide/138622.htm
  - name: Related Links for Custom Sites/Applications
    description: The traps of entries that are not anchored, as users found them.
    link: https://community.checkpoint.com/t5/ratings/ratingdetailpage/message-uid/178046/rating-system/message_ratings
  - name: Session Flow for Administrators
    description: What the vendor says of sessions, publishing and installing.
    link: >-
      https://sc1.checkpoint.com/documents/R81/WebAdminGuides/EN/CP_R81_SecurityManagement_AdminGuide/Topics-SECMG/Session-flow-for-Administrators.htm
"""

EXAMPLES = r"""
- name: Let the application-site managed_desktop hold the list, and install it
  managed_desktop.network.checkpoint_allowlist:
    host: management.example.net
    api_key: "{{ vault_checkpoint_key }}"
    policy_package: Standard
    sources: [managed_desktop]
    tenant: contoso

- name: On two gateways of one domain
  managed_desktop.network.checkpoint_allowlist:
    host: management.example.net
    username: allowlist
    password: "{{ vault_checkpoint_password }}"
    domain: Europe
    application_site: Microsoft Managed Desktop
    policy_package: Europe
    targets: [berlin, madrid]
    sources: [managed_desktop, microsoft365]
    accept_loss:
      - property: other_services
        reason: CHG-1234, the rule names the services of these ports

- name: What must not be inspected, for a rule with the action Bypass
  managed_desktop.network.checkpoint_allowlist:
    host: management.example.net
    api_key: "{{ vault_checkpoint_key }}"
    policy_package: Standard
    name: managed_desktop_tls
    sources: [managed_desktop]
    treatments: [bypass_inspection]

- name: Publish now, and leave the installation to the change window
  managed_desktop.network.checkpoint_allowlist:
    host: management.example.net
    api_key: "{{ vault_checkpoint_key }}"
    sources: [managed_desktop]

- name: Put back what was there before the last change
  managed_desktop.network.checkpoint_allowlist:
    host: management.example.net
    api_key: "{{ vault_checkpoint_key }}"
    policy_package: Standard
    restore: latest
"""

RETURN = r"""
before:
  description: The list that was published.
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
  description: The list that is published now, or would be.
  returned: success
  type: dict
  sample: {"digest": "0b6f…", "entries": 69}
running:
  description: What the targets run.
  returned: success
  type: dict
  contains:
    state:
      description:
        - V(running), V(none), or V(unknown) where the server does not tell, or where O(policy_package) is not set.
      type: str
    digest:
      description: The digest of the list that all targets run, null where they differ or it is not known.
      type: str
difference:
  description: What was missing and what was foreign, by service, and whether the published list was not running.
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
  description: How many entries they became.
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
checkpoint:
  description: Where the list is, and what each target runs of it.
  returned: success
  type: dict
  contains:
    device:
      description: The management server.
      type: str
    api_version:
      description: The version of its API.
      type: str
    domain:
      description: The domain, null where none was given.
      type: str
    application_site:
      description: The name of the application-site.
      type: str
    policy_package:
      description: The policy package, null where none was given.
      type: str
    targets:
      description: >-
        Each target with its C(name), its C(state) (V(installed), V(older), V(never installed) or V(unknown)), and the
        C(digest) of the list that it runs, where that is known.
      type: list
      elements: dict
  sample:
    device: management.example.net
    api_version: "1.9"
    domain: null
    application_site: managed_desktop
    policy_package: Standard
    targets: [{"name": "berlin", "state": "installed", "digest": "0b6f…"}]
"""
