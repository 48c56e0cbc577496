#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: reachability_info
short_description: Test from a host what the network on its way lets through
version_added: 0.1.0
description:
  - Asks from the host it runs on for each endpoint, directly or through an explicit proxy, and tells at which layer and
    by whom it was refused, stage by stage, from DNS over TCP, CONNECT and TLS to HTTP.
  - A result has two sides. The policy is what the network says, V(allowed), V(denied) or V(unknown); the service is how
    the endpoint itself is. A probe passes or fails on policy, so that a dead name behind a healthy firewall fails
    nothing, and an answer of the endpoint's own with a status of the 400s counts as reached.
  - Only positive evidence makes a policy V(allowed) or V(denied). Silence, NXDOMAIN and a closed port prove nothing.
    They are V(unknown), which is never green.
  - The module reports and does not judge. It does not fail because a probe failed; see RV(summary) and RV(failures).
  - Probes are those in O(probes), or are planned on the controller from the same options that choose the endpoints of
    an allow-list. A wildcard is probed through a name that the list or the collection knows below it, else through one
    that is made up and marked as such. Networks and UDP ports are not probed, and RV(unprobed) names them.
extends_documentation_fragment:
  - managed_desktop.network.selection
  - managed_desktop.network.selection.tasks
  - managed_desktop.network.selection.editions
  - managed_desktop.network.selection.filters
attributes:
  check_mode:
    description: Runs as without it. Nothing on the host is changed.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
  idempotent:
    description: Changes nothing. What it returns is how the network is now.
    support: full
  action:
    description: The probes are planned on the controller.
    support: full
  platform:
    description: Hosts with Python 3.9 or later. On Linux from 5.9 on the sender and kind of an ICMP error are told.
    support: full
    platforms: posix
options:
  probes:
    description:
      - The probes to run, instead of those planned from O(sources) and O(endpoints).
    type: list
    elements: dict
    suboptions:
      host:
        description: The name or address to ask for. No wildcard.
        type: str
        required: true
      port:
        description:
          - The TCP port. Defaults to V(443) for V(https) and V(80) for V(http); V(tcp) needs one.
        type: int
      scheme:
        description:
          - What is spoken. V(tcp) ends with the connection, or with the proxy's answer to CONNECT.
        type: str
        choices: [http, https, tcp]
        default: https
      path:
        description: The path to ask for.
        type: str
        default: /
      expect:
        description: What the network should do.
        type: str
        choices: [allowed, denied]
        default: allowed
      kind:
        description: What the probe is for, as the report groups it.
        type: str
        choices: [endpoint, denied, tls_floor, reference]
        default: endpoint
      tls:
        description: The TLS versions to offer, both V(1.2) and V(1.3) by default. Older ones are never offered.
        type: dict
        suboptions:
          min:
            description: The lowest.
            type: str
            choices: ['1.2', '1.3']
          max:
            description: The highest.
            type: str
            choices: ['1.2', '1.3']
      made_up:
        description: That the name is invented, so that no server needs to know it.
        type: bool
        default: false
      known_open:
        description: That the endpoint is known to keep the port open, so that a closed one proves a refusal on the way.
        type: bool
        default: false
      services:
        description: The services that need the endpoint.
        type: list
        elements: str
        default: []
      pattern:
        description: The host pattern that the probe stands for.
        type: str
      group:
        description: The name of a group of alternatives.
        type: str
      any_of:
        description: That of the probes of O(probes[].group) one that passes suffices.
        type: bool
        default: false
      treatments:
        description:
          - What the network must do for the endpoint. With V(bypass_inspection) interception fails the probe, with
            V(bypass_authentication) a proxy that asks for a login does.
        type: list
        elements: str
        choices: [allow, bypass_authentication, bypass_inspection]
        default: []
  accept_loss:
    description:
      - What was accepted that the appliances on the way cannot do, as in M(managed_desktop.network.squid_allowlist).
        Ports that a site blocks, and endpoints that are C(unsupported) or C(narrowed), are then not asked for, and
        RV(unprobed) names them with the reason that was given.
    type: list
    elements: dict
  frozen:
    description:
      - Internal. The C(file) and C(sha256) of the endpoints that a plan kept, which are asked for instead of those that
        are selected now; set by the roles.
    type: dict
  record:
    description:
      - Internal. Of which change, before or after which appliance's batch, a test host tells what it sees; set by the
        roles.
    type: dict
  denied_names:
    description:
      - Names that the network must refuse, besides C(example.com) and C(example.net). Name only what you may ask for.
    type: list
    elements: str
  lab:
    description:
      - Whether to ask also for names that look like those of the list, such as C(evilexample.org) for C(*.example.org).
        They belong to strangers, so do this only where no traffic leaves the lab.
    type: bool
    default: false
  via:
    description:
      - The way out, V(direct) or an explicit proxy as C(http://host:port).
      - Through a proxy names are not resolved on the host, as its users' programs would not either.
    type: str
    default: direct
  proxy_username:
    description: The user name for a proxy that asks for a login (HTTP Basic).
    type: str
  proxy_password:
    description: The password to O(proxy_username).
    type: str
  ca_file:
    description:
      - A file on the host with certificate authorities in PEM, trusted besides the host's own trust store.
    type: path
  expected_issuers:
    description:
      - Who may issue the certificates of the endpoints, by common name, by organisation, or by a regular expression
        that is searched in text such as C(CN=Example TLS CA, O=Example).
      - Any other issuer, trusted or not, is V(tls_intercepted) and fails the probe. Inspection with an authority that
        the host trusts can be seen in no other way.
    type: list
    elements: str
    default: []
  block_page:
    description:
      - Regular expressions by which your block page is known, searched in the Location and in the first 16 KiB of what
        is answered. The marks of Squid, tinyproxy and e2guardian are known already.
    type: list
    elements: str
    default: []
  reference:
    description:
      - A host, or C(host:port), that is known to speak TLS 1.2 and 1.3. Handshakes pinned to exactly one of the two
        show whether the way to it breaks TLS 1.2, see RV(tls_floor).
    type: str
  timeout:
    description: How many seconds one probe may take.
    type: float
    default: 15.0
  stage_timeout:
    description: How many seconds each stage of a probe may take.
    type: float
    default: 5.0
  concurrency:
    description: How many probes run at once.
    type: int
    default: 32
  plan:
    description: Internal. Probes as one opaque text; set by the action plugin, since many are slow to hand over singly.
    type: str
author:
  - managed_desktop.network contributors (@managed-desktop)
seealso:
  - module: managed_desktop.network.squid_allowlist
  - plugin: managed_desktop.network.reachability_report
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Ask for one host directly
  managed_desktop.network.reachability_info:
    probes:
      - host: www.example.org

- name: Ask through a proxy, and expect one of the hosts to be refused
  managed_desktop.network.reachability_info:
    via: http://proxy.example.org:3128
    probes:
      - host: www.example.org
      - host: example.com
        expect: denied

- name: Ask for every endpoint of Microsoft Managed Desktop, and whether TLS 1.2 passes
  managed_desktop.network.reachability_info:
    sources: [managed_desktop]
    tenant: contoso
    via: http://proxy.example.org:3128
    reference: www.example.org
  register: reachability

- name: Stop where the network refuses an endpoint, or lets a denied name through
  ansible.builtin.assert:
    that: reachability.summary.failed == 0
    fail_msg: "{{ reachability.failures | map(attribute='said') | join('; ') }}"

- name: Find out who inspects TLS, on a network with its own authority and block page
  managed_desktop.network.reachability_info:
    sources: [managed_desktop]
    treatments: [bypass_inspection]
    ca_file: /etc/ssl/certs/corporate-ca.pem
    expected_issuers: [Microsoft Corporation, DigiCert Inc]
    block_page: ['https://blocked\.example\.org/']
"""

RETURN = r"""
summary:
  description: How many probes, and groups of alternatives, passed, failed, or stayed unknown.
  returned: success
  type: dict
  sample: {"total": 97, "passed": 95, "failed": 1, "unknown": 1}
counts:
  description: How many probes ended with each cause.
  returned: success
  type: dict
  sample: {"ok": 182, "proxy_denied": 5, "proxy_upstream_failed": 3}
failures:
  description: What failed, in short.
  returned: success
  type: list
  elements: dict
  sample:
    - host: www.example.org
      port: 443
      expect: allowed
      cause: proxy_denied
      layer: proxy
      said: Squid answers 403 Forbidden, ERR_ACCESS_DENIED 0
      services: [Example]
unknowns:
  description: Of what nothing is proved, in the same form as RV(failures).
  returned: success
  type: list
  elements: dict
results:
  description: Every probe with its result. Properties of the probe that have their default are left out.
  returned: success
  type: list
  elements: dict
  contains:
    host:
      description: The name or address that was asked for.
      type: str
    port:
      description: The TCP port.
      type: int
    scheme:
      description: What was spoken.
      type: str
    expect:
      description: What the network should do.
      type: str
    passed:
      description: Whether it did, null where nothing is proved.
      type: bool
    cause:
      description:
        - What became of the probe. One of V(ok), V(dns_failure), V(dns_refused), V(dns_sinkhole), V(tcp_refused),
          V(tcp_unreachable), V(tcp_timeout), V(tcp_reset), V(proxy_unreachable), V(proxy_denied),
          V(proxy_auth_required), V(proxy_upstream_failed), V(tls_version), V(tls_untrusted), V(tls_intercepted),
          V(tls_reset), V(http_status).
      type: str
    policy:
      description: What the network says, V(allowed), V(denied) or V(unknown).
      type: str
    service:
      description: How the endpoint is, V(ok), V(failed) or V(unknown).
      type: str
    evidence:
      description: The layer that gave the answer, and what it said.
      type: dict
      sample: {"layer": "http", "said": "the origin answers 200 OK"}
    stages:
      description: Milliseconds by stage, for the stages that were reached.
      type: dict
      sample: {"tcp": 0.4, "connect": 12.1, "tls": 31.9, "http": 14.2}
    status:
      description: The HTTP status that was answered, by the endpoint or by whoever refused.
      type: int
    address:
      description: The address that was connected to, without a proxy.
      type: str
    issuer:
      description: Who issued the certificate.
      type: str
      sample: CN=Example TLS CA, O=Example
    tls_version:
      description: The TLS version that was spoken.
      type: str
      sample: '1.3'
  sample:
    - host: www.example.org
      port: 443
      scheme: https
      expect: allowed
      passed: true
      cause: ok
      policy: allowed
      service: ok
      evidence: {"layer": "http", "said": "the origin answers 200 OK"}
      stages: {"dns": 3.1, "tcp": 11.0, "tls": 25.7, "http": 13.4}
      status: 200
      address: 192.0.2.10
      issuer: CN=Example TLS CA, O=Example
      tls_version: '1.3'
tls_floor:
  description:
    - Whether TLS 1.2 passes on the way to O(reference). Where it does not, the remedy is that of the documents.
  returned: when O(reference) is given
  type: dict
  contains:
    passed:
      description: Whether TLS 1.2 passes, null where the reference could not be asked.
      type: bool
    said:
      description: What was seen.
      type: str
    remedy:
      description: What to do. Absent unless TLS 1.2 is broken.
      type: str
    how_to:
      description: How to do it, by the platform of the appliance. Absent unless TLS 1.2 is broken.
      type: dict
    reference:
      description: The host that was asked.
      type: str
    tls_1_2:
      description: V(ok), V(broken) or V(unknown).
      type: str
    tls_1_3:
      description: V(ok), V(broken) or V(unknown).
      type: str
  sample:
    passed: true
    said: TLS 1.2 passes to www.example.org:443
    reference: www.example.org:443
    tls_1_2: ok
    tls_1_3: ok
via:
  description: The way that was taken.
  returned: success
  type: str
  sample: http://proxy.example.org:3128
unprobed:
  description: The endpoints that no probe stands for, and why.
  returned: when the probes were planned from endpoints
  type: list
  elements: dict
  sample: [{"endpoint": "192.0.2.0/24", "reason": "a network has no name to ask for"}]
editions:
  description: The editions of the sources, with their status and the SHA-256 of their files.
  returned: when the probes were planned from endpoints
  type: list
  elements: dict
  sample:
    - source: managed_desktop
      edition: "2018-08-29-aad339da"
      status: draft
      sha256: a5f7d3fd97beee45fbbb23b7fe9437553cefb4fff757c93766366d970bc5a2cd
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.info import ARGUMENT_SPEC, collect
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.model import ProbeError


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    try:
        result = collect(module.params)
    except ProbeError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
