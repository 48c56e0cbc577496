# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The XML API of PAN-OS: keys, requests by type, answers and errors.

The key goes in a header and everything else in the body, so that neither stands in an address that a server or a proxy
on the way writes into its log.
"""

from __future__ import annotations

import re
import typing as t
import xml.etree.ElementTree as ET
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from ansible_collections.managed_desktop.network.plugins.module_utils._api.client import ApiClient
from ansible_collections.managed_desktop.network.plugins.module_utils._api.http import TRIES, Http, HttpError
from ansible_collections.managed_desktop.network.plugins.module_utils._https import Answer
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

MARK: t.Final = "managed_desktop.network"
"""What the comments of our locks and the descriptions of our jobs begin with."""

KEY: t.Final = re.compile(r"[!-~]{1,1024}")
"""What an API key is made of: it goes in a header, where a line break ends it."""

_PATH: t.Final = "/api/"
_LOGIN: t.Final = "keygen"
_FORM: t.Final = {"Content-Type": "application/x-www-form-urlencoded"}
_EXPIRED: t.Final = ("403", "22")
_UNAUTHORISED: t.Final = "16"
_NOT_PRESENT: t.Final = "7"


class PanosError(ApplianceError):
    """The device refused a request and did nothing; `code` is the API's, `said` its own words."""

    def __init__(self, message: str, code: str, said: str) -> None:
        super().__init__(message)
        self.code = code
        self.said = said

    @property
    def is_absence(self) -> bool:
        """Whether it says that what was asked for is not there: the code is documented, the words are what is seen."""
        return self.code == _NOT_PRESENT or "No such node" in self.said


class PanosClient(ApiClient):
    """One administrator on one device: by an API key, or by a password that gets one."""

    def __init__(self, http: Http, username: str, password: str | None, api_key: str | None) -> None:
        super().__init__(http)
        self.username = username
        self._password = password
        self._key = api_key
        self._system: ET.Element | None = None

    def login(self) -> None:
        if self._password is None:
            return
        fields = {"type": _LOGIN, "user": self.username, "password": self._password}
        answer = self.http.send("POST", _PATH, urlencode(fields).encode("utf-8"), _FORM, repeatable=True)
        if answer.status == 403:
            raise ApplianceError(
                f"{self.http.device} does not let {self.username} in. Check username and password, and that the role "
                "of the administrator may use the XML API."
            )
        key = _text(self._checked(answer, _LOGIN), "result/key")
        if not KEY.fullmatch(key):
            raise ApplianceError(f"{self.http.device} gave no API key for {self.username}.")
        self.http.hide(key)
        self._key = key

    def logout(self) -> None:
        """An API key has no session to end."""

    def authorisation(self) -> dict[str, str]:
        return {"X-PAN-KEY": self._key or ""}

    def may_renew(self) -> bool:
        return self._password is not None

    def has_expired(self, answer: Answer) -> bool:
        if answer.status == 403:
            return True
        head = answer.body[:200]
        return b'status="error"' in head and b'code="22"' in head

    def ask(self, repeatable: bool, **fields: str) -> ET.Element:
        """Send a request of the XML API and return the answer's root.

        Raises:
            PanosError: the device refused.
            HttpError: no answer came, or none of the API; `uncertain` tells whether it may have been done.
        """
        body = urlencode(fields).encode("utf-8")
        for trial in range(1, TRIES + 1):
            answer = self.send("POST", _PATH, body, _FORM, repeatable)
            try:
                return self._checked(answer, fields["type"])
            except HttpError as error:
                if trial == TRIES or not repeatable or not error.uncertain:
                    raise
        raise AssertionError("the last try returns or raises")

    def command(self, text: str, scope: str | None = None, target: str | None = None) -> ET.Element:
        """Do an operational command, given as XML, that may be done twice.

        `scope` is the virtual system or device group that it is for, `target` the serial number of a firewall behind a
        Panorama that has to do it.
        """
        given = {"vsys": scope, "target": target}
        return self.ask(True, type="op", cmd=text, **{key: value for key, value in given.items() if value is not None})

    def system(self) -> ET.Element:
        """Return what the device says of itself, such as ``model`` and ``sw-version``; it is asked once in a run."""
        if self._system is None:
            found = self.command(commanded("show/system/info")).find("result/system")
            self._system = found if found is not None else ET.Element("system")
        return self._system

    def refuse_other_kind(self, panorama: bool) -> None:
        """Refuse a firewall where a Panorama is wanted, and the other way round.

        What a Panorama shares is no firewall's until it is pushed, so that ``vsys: shared`` there would set a list
        that nothing has, and say that it runs.

        Raises:
            ApplianceError: it is one, or does not tell its model.
        """
        model = (self.system().findtext("model") or "").strip()
        if not model:
            raise ApplianceError(f"{self.http.device} does not tell its model, so that nothing is written to it.")
        is_panorama = model.lower() == "panorama" or model.upper().startswith("M-")
        if is_panorama == panorama:
            return
        shown = self.http.clean(model)
        if panorama:
            raise ApplianceError(
                f"{self.http.device} is a firewall ({shown}), and device_group is of a Panorama. Give the address of "
                "the Panorama, or vsys instead of device_group."
            )
        raise ApplianceError(
            f"{self.http.device} is a Panorama ({shown}), whose lists are pushed to the firewalls of a device group. "
            "Name it in device_group."
        )

    def _checked(self, answer: Answer, kind: str) -> ET.Element:
        quoting = kind != _LOGIN  # its answer may hold a key that we could not read
        if answer.status >= 500:
            raise self.http.unexpected("POST", _PATH, answer, quoting=quoting)
        root = parsed(answer.body)
        if root is None or root.tag != "response":
            shown = f": {self.http.clean(answer.body.decode('utf-8', 'replace'))}" if quoting else ""
            raise HttpError(
                f"{self.http.device} answers {kind} with status {answer.status} and what is not of the XML API{shown}. "
                "Check that host and port are those of its management interface.",
                uncertain=True,
            )
        if root.get("status") == "success" and answer.status == 200:
            return root
        raise self._refusal(root, answer, kind)

    def _refusal(self, root: ET.Element, answer: Answer, kind: str) -> PanosError:
        code = root.get("code") or str(answer.status)
        said = self.http.clean(message_of(root)) or "no reason"
        advice = "."
        if code in _EXPIRED:
            advice = f". The key or password of {self.username} is not good, or not any more."
        elif code == _UNAUTHORISED:
            advice = f". The role of {self.username} does not allow it."
        return PanosError(f"{self.http.device} refuses {kind} (code {code}): {said}{advice}", code, said)


def parsed(body: bytes) -> ET.Element | None:
    """Return the root of an answer; None where it is no XML, or declares what would be more than it looks."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return None
    try:
        return ET.fromstring(body)
    except (ET.ParseError, ValueError, LookupError, RecursionError):
        return None


def message_of(root: ET.Element) -> str:
    """Return what an answer says to a person, its lines one after the other."""
    found = [*root.findall("msg"), *root.findall("result/msg")]
    texts = [" ".join(part.split()) for one in found for part in one.itertext()]
    return "; ".join(text for text in texts if text)


def xml(tag: str, *inner: str) -> str:
    """Return an element as text; what is inside is XML already."""
    return f"<{tag}>{''.join(inner)}</{tag}>"


def member(text: str) -> str:
    """Return a member of a list as text."""
    return f"<member>{escape(text)}</member>"


def commanded(path: str, *inner: str) -> str:
    """Return an operational command, such as ``show/jobs/all``, as XML."""
    first, *rest = path.split("/")
    return xml(first, commanded("/".join(rest), *inner)) if rest else xml(first, *inner)


def _text(place: ET.Element, path: str) -> str:
    return " ".join((place.findtext(path) or "").split())
