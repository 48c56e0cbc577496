# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Jobs of a device: the validation and the commit of what our administrator changed, and a Panorama's push.

Each job of ours carries a word of its own in its description, so that one whose answer was lost is found again.
"""

from __future__ import annotations

import time
import typing as t
import xml.etree.ElementTree as ET
from functools import partial
from xml.sax.saxutils import escape, quoteattr

from ansible_collections.managed_desktop.network.plugins.module_utils._api import jobs
from ansible_collections.managed_desktop.network.plugins.module_utils._api.http import HttpError
from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import Job, Progress
from ansible_collections.managed_desktop.network.plugins.module_utils._panos.api import (
    MARK,
    PanosClient,
    PanosError,
    commanded,
    member,
    message_of,
    xml,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

_BUSY: t.Final = ("another commit", "a commit is in progress", "commit is pending", "while an install is in progress")
_LOOKS: t.Final = 3
_PAUSE: t.Final = 1.0


class Publishing:
    """Jobs of one administrator for the list `name`; `run` is a word that no other run has.

    `seconds` is how long each may take.
    """

    def __init__(self, client: PanosClient, name: str, run: str, seconds: float, progress: Progress) -> None:
        self.client = client
        self.run = run
        self._title = f"{MARK} {name}"
        self.seconds = seconds
        self.progress = progress
        self._begun = 0
        self.taken: dict[str, bool] = {}
        """Of the last push, whether each firewall took it, by serial number, as far as the device says."""

    @property
    def device(self) -> str:
        """What messages call the device."""
        return self.client.http.device

    def validate(self) -> None:
        """Have the device check what our administrator changed.

        Raises:
            ApplianceError: it finds something wrong, and says what.
        """
        text = commanded("validate/partial", xml("admin", member(self.client.username)))
        job = self._when_idle(lambda: self.client.command(text))
        if job is not None:
            self._wait(job, "validation")

    def commit(self) -> None:
        """Commit what our administrator changed, and nothing else.

        Raises:
            ApplianceError: the commit failed, or what became of it is not known.
        """
        ours = xml("partial", xml("admin", member(self.client.username)))
        job = self._started({"action": "partial"}, lambda word: xml("commit", xml("description", escape(word)), ours))
        if job is not None:
            self._wait(job, "commit")

    def push(self, device_group: str, own: bool, serials: t.Sequence[str]) -> None:
        """Push a device group, what our administrator changed of it or all, to all of its devices or to some.

        Raises:
            ApplianceError: a device did not take it; it is named.
        """
        self.taken = {}
        devices = xml("devices", *(f"<entry name={quoteattr(serial)}/>" for serial in serials)) if serials else ""
        group = xml("device-group", f"<entry name={quoteattr(device_group)}>{devices}</entry>")
        admin = xml("admin", member(self.client.username)) if own else ""

        def text(word: str) -> str:
            policy = xml("shared-policy", group, xml("description", escape(word)), admin)
            return xml("commit-all", policy)

        job = self._started({"action": "all"}, text)
        if job is not None:
            self._wait(job, f"push to {device_group}")

    def wait_for_ours(self) -> None:
        """Wait until no job for this list is under way, be it of this run or of an earlier one that broke off."""
        for one in self._known():
            described = (one.findtext("description") or "").strip()
            if (one.findtext("status") or "").strip() != "FIN" and described.startswith(f"{self._title} "):
                number = (one.findtext("id") or "").strip()
                if number.isascii() and number.isdigit():
                    jobs.wait_for(partial(self._look, number), "commit", self.seconds, self.progress)

    # -- one job -------------------------------------------------------------------------------------------------

    def _started(self, fields: dict[str, str], text: t.Callable[[str], str]) -> str | None:
        """Have a job begin and return its number, None where there was nothing to do.

        A request whose answer was lost is not repeated before the device was asked whether the job is there.
        """
        for trial in range(1, _LOOKS + 1):
            self._begun += 1
            word = f"{self.run}-{self._begun}"
            command = text(f"{self._title} {word}")
            try:
                return self._when_idle(partial(self.client.ask, False, type="commit", cmd=command, **fields))
            except HttpError as error:
                found = self._find(word) if error.uncertain else None
                if found is not None:
                    return found
                if not error.uncertain or trial == _LOOKS:
                    raise
        raise AssertionError("the last trial returns or raises")

    def _find(self, word: str) -> str | None:
        """Look for a job whose beginning nobody told us; it may be a moment until the device lists it."""
        for look in range(_LOOKS):
            for one in self._known():
                if word in (one.findtext("description") or "").split():
                    return (one.findtext("id") or "").strip()
            if look < _LOOKS - 1:
                jobs.sleep(_PAUSE)
        return None

    def _known(self) -> list[ET.Element]:
        return self.client.command(commanded("show/jobs/all")).findall("result/job")

    def _when_idle(self, begin: t.Callable[[], ET.Element]) -> str | None:
        """Have a job begin as soon as none of others is under way."""
        ends, pause = time.monotonic() + self.seconds, _PAUSE
        while True:
            try:
                root = begin()
                break
            except PanosError as error:
                if not any(text in error.said.lower() for text in _BUSY) or time.monotonic() > ends:
                    raise
            self.progress("waits for a commit of others")
            jobs.sleep(pause)
            pause = min(pause * 1.5, 10.0)
        number = (root.findtext("result/job") or "").strip()
        if number.isascii() and number.isdigit():
            return number
        if "no changes" in message_of(root).lower() or not number:
            return None
        raise ApplianceError(f"{self.device} began a job without a number: {self.client.http.clean(number)}.")

    def _wait(self, number: str, what: str) -> None:
        job = jobs.wait_for(lambda: self._look(number), what, self.seconds, self.progress)
        if not job.succeeded:
            raise ApplianceError(f"The {what} failed on {self.device} (job {number}): {job.said or 'it says not why'}.")

    def _look(self, number: str) -> Job:
        root = self.client.command(commanded("show/jobs/id", number))
        job = root.find("result/job")
        if job is None:
            raise ApplianceError(f"{self.device} has no job {number} any more.")
        devices = job.findall("devices/entry")
        pending = any((one.findtext("result") or "").strip() == "PEND" for one in devices)
        ended = (job.findtext("status") or "").strip() == "FIN" and not pending
        failed = [one for one in devices if (one.findtext("result") or "").strip() != "OK"] if ended else []
        if ended:
            self.taken.update({(one.findtext("serial-no") or "").strip(): one not in failed for one in devices})
        succeeded = ended and (job.findtext("result") or "").strip() == "OK" and not failed
        return Job(ended, succeeded, _percent(job), "" if succeeded else self._told(job, failed))

    def _told(self, job: ET.Element, failed: t.Sequence[ET.Element]) -> str:
        """Return what a failed job says; of a push, which devices did not take it."""
        clean = self.client.http.clean
        if not failed:
            return clean("; ".join(_texts(job.find("details"))))
        told = []
        for one in failed:
            said = "; ".join(_texts(one.find("details"))) or (one.findtext("status") or "")
            told.append(
                f"{clean(one.findtext('devicename') or '?')} ({clean(one.findtext('serial-no') or '?')}): {clean(said)}"
            )
        return ", ".join(told)


def _texts(place: ET.Element | None) -> list[str]:
    texts = [" ".join(text.split()) for text in place.itertext()] if place is not None else []
    return [text for text in texts if text]


def _percent(job: ET.Element) -> int:
    text = (job.findtext("progress") or "").strip()
    return min(int(text), 100) if text.isascii() and text.isdigit() and len(text) < 4 else 0
