# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an appliance has its list: its address, and the options that name the place on it.

An approved list belongs where it was planned for. An inventory that names another device group by now, or another
address, would bring it to where nobody approved it. Pure.
"""

from __future__ import annotations

import typing as t

Plain = dict[str, t.Any]


def place_of(options: t.Iterable[str], arguments: t.Mapping[str, t.Any], task_vars: t.Mapping[str, t.Any]) -> Plain:
    """Return the given `options` of a task that are set, and the address by which Ansible reaches the host, if any."""
    found = {name: arguments[name] for name in options if arguments.get(name) is not None}
    address = task_vars.get("ansible_host")
    return {**found, "ansible_host": str(address)} if address else found


def elsewhere(planned: t.Mapping[str, t.Any], now: t.Mapping[str, t.Any]) -> str | None:
    """Return a sentence on what differs from the place that was planned; None where nothing does."""
    differing = [name for name in sorted({*planned, *now}) if planned.get(name) != now.get(name)]
    if not differing:
        return None
    told = "; ".join(f"{name} is {_told(now.get(name))}, and was {_told(planned.get(name))}" for name in differing)
    return (
        f"The inventory names another place for the list than when it was planned: {told}. Nothing was changed. Put "
        "the inventory back, or make a new plan."
    )


def _told(value: t.Any) -> str:
    return "not set" if value is None else repr(value)
