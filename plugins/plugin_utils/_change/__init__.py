# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes: a directory for each, from its plan to its evidence.

    changes/                        allowlist_change_dir
      <id>/plan.json plan.md        what was planned; the digest of plan.json is what is approved
           planned/<appliance>.json what each appliance said when it was planned
           lists/…                  the compiled lists and the endpoints, once for each platform and content
           approval.yml[.sig]       who approved it, for when
           results/<appliance>.json how far each appliance is, and what happened to it
           backups/<appliance>      what it held before
           probes/…                 what the test hosts saw before and after each batch
           evidence.json report.html manifest.json
      .status/<appliance>.json      what is known of an appliance, whatever the change
      .locks/<appliance>.json       which run is at work on it

One file for each appliance, so that no two hosts, and no two slices of a run, ever write the same one.
"""
