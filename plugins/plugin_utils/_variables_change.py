# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of changes: where they are kept, who approves them, in which batches they are carried out."""

from __future__ import annotations

from ansible_collections.managed_desktop.network.plugins.plugin_utils._variable import (
    APPLIANCES,
    DRIFT,
    PLAN,
    RESTORE,
    ROLLOUT,
    Variable,
)


def change() -> tuple[Variable, ...]:
    """Return the variables of a change."""
    return (
        Variable(
            "change",
            "str",
            (
                "The id of a change, such as CHG-1234. With it plan keeps what it found as that change, apply carries "
                "exactly that out, batch by batch, and restore takes it back. Drift is corrected as that change. It is "
                "usually given with -e."
            ),
            (PLAN, ROLLOUT, RESTORE, DRIFT),
            default="",
        ),
        Variable(
            "change_dir",
            "str",
            (
                "The directory on the controller where changes are kept, such as a git repository or a mounted share. "
                "A relative one is below where ansible-playbook was called. Drift remembers there what it finds, in "
                "the default one only where that exists."
            ),
            (PLAN, ROLLOUT, RESTORE, DRIFT),
            default="changes",
        ),
        Variable(
            "ticket",
            "str",
            "The ticket that a plan is for, and an approval has to name. The id of the change if it is not set.",
            (PLAN,),
            default="",
        ),
        Variable(
            "planned_by",
            "str",
            (
                "Who plans. If it is not set, whoever launched the job of a controller (awx_user_name), or the user "
                "who runs ansible-playbook. allowlist_four_eyes refuses the plan of nobody."
            ),
            (PLAN,),
            default="",
        ),
        Variable(
            "ring",
            "str",
            (
                "The ring of an appliance: a number or a name. Each ring is a batch: numbers first, then names in the "
                "order in which the appliances of the inventory have them."
            ),
            (PLAN,),
            APPLIANCES,
            default="",
        ),
        Variable(
            "batches",
            "list",
            (
                "How many appliances each batch has, where they have no rings: numbers, or shares of those that "
                "change. The last holds for all further ones."
            ),
            (PLAN,),
            elements="str",
            default=["1", "10%", "100%"],
        ),
        Variable(
            "step",
            "str",
            (
                "Which part of a plan is made. look asks the appliances of this run and keeps what each said, which "
                "several runs over slices of the fleet may do at once; keep then makes the plan of all appliances of "
                "the inventory, once, and asks none; all does both, over the appliances of this run."
            ),
            (PLAN,),
            choices=("all", "look", "keep"),
            default="all",
            own=True,
        ),
        Variable(
            "require_approval",
            "str",
            (
                "Whether apply wants an approval: false, true, or signed, which is proved by ssh-keygen. Where it is "
                "wanted, nothing is applied or corrected outside a change."
            ),
            (ROLLOUT, DRIFT),
            choices=("false", "true", "signed"),
            default="false",
        ),
        Variable(
            "allowed_signers",
            "str",
            "The file on the controller that says whose signatures count, in the form of ssh-keygen(1).",
            (ROLLOUT,),
            default="",
        ),
        Variable(
            "four_eyes",
            "bool",
            (
                "Refuse an approval by whoever made the plan. It wants an approval by itself, so that nothing is "
                "applied or corrected outside a change."
            ),
            (ROLLOUT, DRIFT),
            default=False,
        ),
        Variable(
            "moved",
            "str",
            "What becomes of an appliance that no longer holds what it held when it was planned. With fail nothing is"
            " begun, with skip it stays as it is.",
            (ROLLOUT,),
            choices=("fail", "skip"),
            default="fail",
        ),
        Variable(
            "max_failed",
            "int",
            "How many appliances of a batch may fail before the whole batch is taken back.",
            (ROLLOUT,),
            default=0,
        ),
        Variable(
            "confirm_within",
            "int",
            (
                "How many seconds the appliances of a batch wait for their confirmation before they take the change "
                "back by themselves, where they can. Longer than setting and probing one batch takes."
            ),
            (ROLLOUT,),
            default=900,
            own=True,
        ),
        Variable(
            "fail_on_unknown",
            "bool",
            "Take a batch back also where something is unknown after it.",
            (ROLLOUT,),
            default=False,
            own=True,
        ),
        Variable(
            "force",
            "bool",
            "Take a change back even where later changes are undone with it.",
            (RESTORE,),
            default=False,
            own=True,
        ),
    )
