#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: catalogue_update
short_description: Update one source of the catalogue in a directory of yours
version_added: 0.1.0
description:
  - Asks the Office 365 IP address and URL web service, or a list at an address of yours, and keeps each good answer as
    a dated edition with its SHA-256 in a directory on the controller, beside the shipped editions.
  - Puts it in force, unless it takes away too much, a pinned endpoint, or adds what is wider than anything before. Such
    an edition is kept and waits until it is acknowledged by its digest.
  - What a source no longer lists stays in force for a while. What it announces for a day to come is taken at once.
  - Whatever happens (an outage, a broken or foreign answer, a full disk, a killed run), the last good edition stays in
    force. Where the source could not be asked or its answer is unfit, the task fails and says so. Where the source
    asks not to be asked for a while, the task warns, and it is not asked before.
  - The web service is asked for its version at most once an hour, and for the rest only when that has moved. Each
    directory has one client id, which it asks its users to send.
  - Answers are fetched over HTTPS with verified certificates, through the proxy that C(https_proxy) and C(no_proxy) of
    the environment of C(ansible-playbook) name. The keyword C(environment) of a task does not matter here.
extends_documentation_fragment:
  - managed_desktop.network.update
attributes:
  check_mode:
    description: Asks, writes nothing, and predicts what the real run then does. It is not written down as asked.
    support: full
  diff_mode:
    description: Shows the page for the ticket.
    support: full
  idempotent:
    description: A second run changes nothing while the source says the same and nothing that is held is due.
    support: full
  platform:
    description: Runs on the controller, whichever host the task is for.
    support: full
    platforms: posix
options:
  source:
    description:
      - The source to update. With O(url) the name that its editions get, of lower-case letters, digits, V(_) and V(-);
        the name of a shipped source stands before the shipped editions then.
      - Without O(url) the web service, V(microsoft365).
    type: str
    default: microsoft365
  url:
    description:
      - Where a list stands, V(https://…), or V(file:///…) on the controller.
      - It must have no password. A token in its query is neither kept nor told by this module; Ansible itself shows the
        arguments of a task, so set C(no_log) there.
      - The web service if not set.
    type: str
  format:
    description:
      - The format of the list at O(url), as P(managed_desktop.network.endpoints#lookup) explains it.
    type: str
    choices: [auto, markdown, text, yaml, json, csv]
    default: auto
  base_url:
    description:
      - Where the web service stands. Set it to a mirror of your own.
    type: str
    default: https://endpoints.office.com
  instance:
    description:
      - Which cloud's list to ask the web service for. Each has editions of its own.
    type: str
    choices: [Worldwide, China, USGovDoD, USGovGCCHigh]
    default: Worldwide
  service_areas:
    description:
      - The service areas to ask the web service for. V(Common) belongs to every answer, and V(MEM) is Intune.
      - All of them if not set. What you leave out here counts as not asked for, and not as removed.
    type: list
    elements: str
    choices: [Common, Exchange, SharePoint, Skype, MEM]
  tenant:
    description:
      - Your tenant, sent to the web service, which then names it in place of some wildcards.
      - This is not needed for narrower lists. Whoever selects endpoints with a tenant has these wildcards narrowed, and
        sends nothing to anybody.
    type: str
  ipv6:
    description:
      - Whether to ask the web service for IPv6 networks too.
    type: bool
    default: true
  seen_version:
    description:
      - A version of the web service that somebody else was told of, such as a rulebook. Where it is newer than what
        this controller has seen, the service is asked although it was asked less than an hour ago.
    type: str
    default: ''
  ca_path:
    description:
      - A file on the controller with certificate authorities in PEM, trusted in place of the system's; for a mirror or
        a proxy with an authority of your own.
    type: path
  timeout:
    description:
      - How many seconds one whole answer may take.
    type: float
    default: 30.0
  max_removed:
    description:
      - The share of the endpoints in force, in percent, that an edition may take away without being acknowledged.
    type: float
    default: 10.0
  grace:
    description:
      - For how many days an endpoint stays in force that the source no longer lists.
      - With V(0) it goes at once, and so does what is still held.
    type: int
    default: 30
  pinned:
    description:
      - Host patterns and networks that no edition may take away without being acknowledged, besides the endpoints that
        are marked as pinned in your own lists.
    type: list
    elements: str
    default: []
  acknowledge:
    description:
      - The SHA-256 of editions that may be put in force although they would wait, or at least the first 12 digits.
      - A digest that fits none has no effect, so that it can stay in the inventory.
    type: list
    elements: str
    default: []
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.catalogue_update_info
  - plugin: managed_desktop.network.catalogue_diff
    plugin_type: lookup
  - name: Office 365 IP Address and URL web service
    description: What the service asks of its users, and what it answers.
    link: https://learn.microsoft.com/microsoft-365/enterprise/microsoft-365-ip-web-service
"""

EXAMPLES = r"""
- name: Update from the web service
  managed_desktop.network.catalogue_update:
    catalogue_dir: /srv/catalogue
  delegate_to: localhost
  run_once: true

- name: See what an update of the Intune part would change, and write nothing
  managed_desktop.network.catalogue_update:
    catalogue_dir: /srv/catalogue
    service_areas: [MEM]
  check_mode: true
  diff: true
  delegate_to: localhost
  run_once: true

- name: Follow a list of our own in Git, and never lose the one name that everything hangs on
  managed_desktop.network.catalogue_update:
    catalogue_dir: /srv/catalogue
    source: branch_offices
    url: https://git.example.com/network/endpoints/raw/main/endpoints.yml
    pinned: [login.example.com]
  delegate_to: localhost
  run_once: true

- name: Put an edition in force that waits, after its page was read
  managed_desktop.network.catalogue_update:
    catalogue_dir: /srv/catalogue
    acknowledge: [3f0f8a2e91c4]
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
source:
  description: The source.
  returned: always, unless an option or the directory is unfit
  type: str
  sample: microsoft365
instance:
  description: The cloud of the web service; null for a list.
  returned: always, unless an option or the directory is unfit
  type: str
  sample: Worldwide
asked:
  description: >-
    V(answered). V(not_due), where the version was asked for within the hour. V(busy), where the source asks not to be
    asked. V(failed), where it could not be asked or its answer is unfit.
  returned: always, unless an option or the directory is unfit
  type: str
  sample: answered
version:
  description: What the source calls its list, the web service's version or the SHA-256 of the list; null if not known.
  returned: always, unless an option or the directory is unfit
  type: str
  sample: "2026112700"
in_force:
  description: The edition that P(managed_desktop.network.endpoints#lookup) now takes as V(latest); null if none.
  returned: always, unless an option or the directory is unfit
  type: dict
  contains:
    edition:
      description: Its id.
      type: str
      sample: 2026-11-27-worldwide-5a1be0c4
    sha256:
      description: The SHA-256 of its file; null for a shipped edition.
      type: str
    date:
      description: The day of the edition.
      type: str
      sample: "2026-11-27"
    endpoints:
      description: How many different endpoints it has.
      type: int
      sample: 444
waiting:
  description: The edition that is kept and waits to be acknowledged; null if none.
  returned: always, unless an option or the directory is unfit
  type: dict
  contains:
    edition:
      description: Its id.
      type: str
    sha256:
      description: The SHA-256 to give in O(acknowledge).
      type: str
    date:
      description: The day of the edition.
      type: str
    endpoints:
      description: How many different endpoints it has.
      type: int
    reasons:
      description: >-
        Why it waits; each has C(rule) (V(too_many_removed), V(pinned_removed), V(wider) or V(unreadable)), C(text) and
        the first 50 C(names).
      type: list
      elements: dict
held:
  description: What the source no longer lists and stays in force, each with C(name), C(service) and C(until), a day.
  returned: always, unless an option or the directory is unfit
  type: list
  elements: dict
  sample: [{name: aka.ms, service: Common, until: "2026-12-27"}]
released:
  description: What was held and is no longer in force.
  returned: always, unless an option or the directory is unfit
  type: list
  elements: str
  sample: []
counts:
  description: >-
    How many endpoints change, as RV(managed_desktop.network.catalogue_diff#lookup:_list[].counts) tells it; null where
    nothing changed.
  returned: always, unless an option or the directory is unfit
  type: dict
  sample: {added: 1, removed: 0, changed: 0, unchanged: 443, widening: 1, lost: 0}
ticket:
  description: The change as Markdown; null where nothing changed.
  returned: always, unless an option or the directory is unfit
  type: str
ticket_path:
  description: Where the page stands; null where nothing changed.
  returned: always, unless an option or the directory is unfit
  type: str
  sample: /srv/catalogue/microsoft365/2026-11-27-worldwide-5a1be0c4.md
"""
