# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The options of the modules that carry a change."""

from __future__ import annotations

import typing as t

Spec = dict[str, dict[str, t.Any]]

CHANGE_OPTIONS: Spec = {
    "change_dir": {"type": "path", "required": True},
    "change": {"type": "str", "required": True},
    "appliances": {"type": "list", "elements": "str", "required": True},
}

PLAN_OPTIONS: Spec = {
    **CHANGE_OPTIONS,
    "step": {"type": "str", "choices": ["begin", "keep"], "required": True},
    "planned_by": {"type": "str", "required": True},
    "ticket": {"type": "str"},
    "batches": {"type": "list", "elements": "str", "default": []},
}

DRIFT_OPTIONS: Spec = {
    "appliances": {"type": "list", "elements": "str", "required": True},
    "expected": {"type": "list", "elements": "str"},
    "change_dir": {"type": "path"},
    "report_dir": {"type": "path"},
    "failures_in": {"type": "str"},
}

AUDIT_OPTIONS: Spec = {"change_dir": CHANGE_OPTIONS["change_dir"]}

ROLLOUT_OPTIONS: Spec = {
    **CHANGE_OPTIONS,
    "step": {"type": "str", "choices": ["begin", "proceed", "judge", "undo", "end"], "required": True},
    "behind": {"type": "dict", "default": {}},
    "batch": {"type": "int"},
    "confirmed": {"type": "bool", "default": False},
    "require_approval": {"type": "str", "choices": ["false", "true", "signed"], "default": "false"},
    "allowed_signers": {"type": "path"},
    "four_eyes": {"type": "bool", "default": False},
    "moved": {"type": "str", "choices": ["fail", "skip"], "default": "fail"},
    "max_failed": {"type": "int", "default": 0},
    "fail_on_unknown": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
}
