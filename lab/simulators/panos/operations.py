# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operational commands."""

from __future__ import annotations

import typing as t
import xml.etree.ElementTree as ET

from lab.simulators.panos.answers import INVALID_COMMAND, NOT_POSSIBLE, NOT_PRESENT, Refused, element, parsed, success
from lab.simulators.panos.locks import COMMIT, CONFIG, SHARED
from lab.simulators.panos.publishing import Publishing
from lab.simulators.server import Reply

_PUSHED: t.Final = "show/config/pushed-shared-policy"

Answer = t.Callable[[Publishing, ET.Element, str, str], Reply]


def answer(device: Publishing, command: str, admin: str, vsys: str | None, target: str | None) -> Reply:
    """Do an operational command of an administrator, and return what it says."""
    root = parsed(command)
    path, place = [root.tag], root
    while "/".join(path) not in {*_KNOWN, _PUSHED}:
        if len(place) != 1:
            raise Refused(INVALID_COMMAND, f"{' -> '.join(path)} is unexpected")
        place = place[0]
        path.append(place.tag)
    if target is not None or "/".join(path) == _PUSHED:
        return _pushed_policy(device, "/".join(path), target)
    found, writes = _KNOWN["/".join(path)]
    if writes:
        device.refuse_reader(admin)
    return found(device, place, admin, vsys or SHARED)


def _system_info(device: Publishing, _place: ET.Element, _admin: str, _vsys: str) -> Reply:
    system = element("system")
    facts = {"hostname": device.hostname, "serial": device.serial, "sw-version": device.version}
    if device.is_panorama:
        facts.update({"model": "Panorama", "family": "m", "system-mode": "panorama", "app-version": "8800-8600"})
    else:
        facts.update({"model": "PA-VM", "family": "vm", "app-version": "8800-8600", "multi-vsys": "off"})
    for tag, text in facts.items():
        system.append(element(tag, text))
    return _result(system)


def _locks(kind: str) -> Answer:
    def shown(device: Publishing, place: ET.Element, _admin: str, _vsys: str) -> Reply:
        if (place.findtext("vsys") is None) != device.is_panorama:
            raise Refused(INVALID_COMMAND, f"show -> {place.tag} is unexpected")
        listed = element(place.tag)
        listed.extend(lock.shown() for lock in device.locks.held if lock.kind == kind)
        return _result(listed)

    return shown


def _lock(kind: str) -> Answer:
    def taken(device: Publishing, place: ET.Element, admin: str, vsys: str) -> Reply:
        _only(place, {"comment"})
        if vsys not in device.scopes():
            raise Refused(INVALID_COMMAND, f"{vsys} is not a valid scope")
        return success(f"<result>{device.locks.add(kind, vsys, admin, place.findtext('comment'))}</result>")

    return taken


def _unlock(kind: str) -> Answer:
    def released(device: Publishing, place: ET.Element, admin: str, vsys: str) -> Reply:
        _only(place, {"admin"} if kind == COMMIT else set())
        return success(f"<result>{device.locks.remove(kind, vsys, admin)}</result>")

    return released


def _changes(device: Publishing, place: ET.Element, _admin: str, _vsys: str) -> Reply:
    admins = _admins(place)
    journal = element("journal")
    for change in device.config.changes.values():
        if admins is not None and change.owner not in admins:
            continue
        entry = ET.SubElement(journal, "entry")
        for tag, text in (
            ("xpath", change.xpath),
            ("owner", change.owner),
            ("action", f" {change.action}"),
            ("admin-history", ",".join(change.admins)),
            ("component-type", "device-group" if device.is_panorama else "vsys"),
        ):
            entry.append(element(tag, text))
    return _result(journal) if len(journal) else success("<result></result>")


def _pending(device: Publishing, _place: ET.Element, _admin: str, _vsys: str) -> Reply:
    return success(f"<result>{'yes' if device.config.changes else 'no'}</result>")


def _revert(device: Publishing, place: ET.Element, _admin: str, _vsys: str) -> Reply:
    device.revert(_admins(place))
    return success("<result>Reverted changes</result>")


def _validate(device: Publishing, place: ET.Element, admin: str, _vsys: str) -> Reply:
    admins = _admins(place) if place.tag == "partial" else None
    job = device.begin_validation(admin, admins)
    return success(
        f"<result><msg><line>Validate job enqueued with jobid {job}</line></msg><job>{job}</job></result>", "19"
    )


def _jobs(device: Publishing, place: ET.Element, _admin: str, _vsys: str) -> Reply:
    result = element("result")
    if place.tag == "all":
        result.extend(job.shown() for job in reversed(device.jobs.known))
    else:
        wanted = [job for job in device.jobs.known if str(job.number) == place.text]
        if not wanted:
            raise Refused(NOT_PRESENT, f"job {place.text} not found")
        result.append(wanted[0].shown())
    return success(result)


def _high_availability(device: Publishing, _place: ET.Element, _admin: str, _vsys: str) -> Reply:
    if device.ha is None:
        return success("<result><enabled>no</enabled></result>")
    local = f"<local-info><state>{device.ha}</state></local-info>"
    other = {"active": "passive", "passive": "active"}.get(device.ha.rpartition("-")[2], "unknown")
    peer = f"<peer-info><state>{other}</state></peer-info><running-sync>synchronized</running-sync>"
    sync = "<running-sync-enabled>yes</running-sync-enabled>"
    inner = f"{local}{peer}{sync}"
    return success(
        f"<result><enabled>yes</enabled>{inner if device.is_panorama else f'<group>{inner}</group>'}</result>"
    )


def _device_groups(device: Publishing, place: ET.Element, _admin: str, _vsys: str) -> Reply:
    if not device.is_panorama:
        raise Refused(INVALID_COMMAND, "show -> devicegroups is unexpected")
    wanted = place.findtext("name")
    listed = element("devicegroups")
    for name, members in device.groups.items():
        if wanted not in (None, name):
            continue
        entry = ET.SubElement(listed, "entry", {"name": name})
        devices = ET.SubElement(entry, "devices")
        for member in members:
            shown = ET.SubElement(devices, "entry", {"name": member.serial})
            in_step = member.is_in_step(device.group_config(name))
            for tag, text in (
                ("serial", member.serial),
                ("connected", "yes" if member.connected else "no"),
                ("hostname", member.hostname),
                ("shared-policy-status", "In Sync" if in_step else "Out of Sync"),
            ):
                shown.append(element(tag, text))
    return _result(listed)


def _pushed_policy(device: Publishing, path: str, target: str | None) -> Reply:
    """What a firewall behind a Panorama answers, asked through it; other commands are not passed on here."""
    if path != _PUSHED:
        raise Refused(INVALID_COMMAND, f"{path.replace('/', ' -> ')} is unexpected for {target}")
    found = [one for members in device.groups.values() for one in members if one.serial == target]
    if not found:
        raise Refused(
            INVALID_COMMAND, f"show -> config -> pushed-shared-policy is unexpected on {target or 'Panorama'}"
        )
    if not found[0].connected:
        raise Refused(NOT_POSSIBLE, f"{target} not connected")
    policy = ET.SubElement(element("result"), "policy")
    ET.SubElement(policy, "panorama").extend(found[0].has if found[0].has is not None else [])
    return _result(policy)


def _admins(place: ET.Element) -> list[str] | None:
    """Return whom a partial command is for; None where it is for all."""
    members = [member.text or "" for member in place.iter("member")]
    return members or None


def _only(place: ET.Element, known: set[str]) -> None:
    for child in place:
        if child.tag not in known:
            raise Refused(INVALID_COMMAND, f"{place.tag} -> {child.tag} is unexpected")


def _result(inner: ET.Element) -> Reply:
    result = element("result")
    result.append(inner)
    return success(result)


_KNOWN: t.Final[dict[str, tuple[Answer, bool]]] = {
    "show/system/info": (_system_info, False),
    "show/config-locks": (_locks(CONFIG), False),
    "show/commit-locks": (_locks(COMMIT), False),
    "request/config-lock/add": (_lock(CONFIG), True),
    "request/commit-lock/add": (_lock(COMMIT), True),
    "request/config-lock/remove": (_unlock(CONFIG), True),
    "request/commit-lock/remove": (_unlock(COMMIT), True),
    "show/config/list/changes": (_changes, False),
    "check/pending-changes": (_pending, False),
    "revert/config": (_revert, True),
    "validate/full": (_validate, True),
    "validate/partial": (_validate, True),
    "show/jobs/id": (_jobs, False),
    "show/jobs/all": (_jobs, False),
    "show/high-availability/state": (_high_availability, False),
    "show/devicegroups": (_device_groups, False),
}
"""Every command by its path, and whether a reader may not do it."""
