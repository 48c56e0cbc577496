# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options that say where a list is on PAN-OS, and who asks for it."""

    DOCUMENTATION = r"""
options:
  username:
    description:
      - The administrator whose changes are committed. Make one for this collection alone, because a commit publishes
        everything that this administrator has changed; the module refuses where that is more than the list.
      - Also with O(api_key), because PAN-OS commits by administrator. Required, here or as C(PANOS_USERNAME).
    type: str
  password:
    description:
      - The password of O(username), with which an API key is asked for at the beginning of each run.
      - Either this or O(api_key), here or as C(PANOS_PASSWORD).
    type: str
  api_key:
    description:
      - An API key of O(username). It is sent in a header, and never in an address.
      - Either this or O(password), here or as C(PANOS_API_KEY).
    type: str
  vsys:
    description: The virtual system of a firewall, or V(shared) for all of them. On a Panorama neither is set.
    type: str
    default: vsys1
  device_group:
    description:
      - The device group, where O(host) is a Panorama. O(vsys) counts for nothing then.
      - A Panorama without it is refused, and so is a firewall with it.
    type: str
  category:
    description:
      - The name of the custom URL category, at most 20 characters. The category of the treatment V(bypass_inspection)
        has C(-no-decrypt) behind it, that of V(bypass_authentication) C(-no-login), and so have the rules.
      - Defaults to O(name).
    type: str
  access_rules:
    description:
      - V(none) sets the categories only, and the site's own rules use them. Rules are left alone, those that an earlier
        run made as well.
      - V(managed) sets a security rule that allows the categories, and, where the list has such endpoints, a decryption
        rule that does not decrypt and an authentication rule that asks for no login. On a Panorama they are pre-rules.
    type: str
    choices: [none, managed]
    default: none
  push:
    description:
      - What of O(device_group) is pushed to its firewalls after the commit on Panorama.
      - V(own) pushes what O(username) changed, which Panorama can since 10.2; an older one is refused where its
        firewalls lack what others changed.
      - V(all) pushes all that was committed, whoever changed it.
      - V(none) pushes nothing, so that somebody else has to.
    type: str
    choices: [own, all, none]
    default: own
  offline_devices:
    description:
      - What becomes of firewalls of O(device_group) that are not connected to Panorama.
      - V(refuse) stops before anything is changed, and names them.
      - V(skip) pushes to the others. A later run finds that they lack the list, once they are back.
    type: str
    choices: [refuse, skip]
    default: refuse
"""
