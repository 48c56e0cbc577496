# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""The conversation with a Check Point management server: one session, commands in it, and what is pending there.

A session's changes are private and lock their objects until they are published or discarded. They outlive the session
itself, so whatever happens, this class knows in which session something of ours is pending (`holder`), and takes it
back before it goes.
"""

from __future__ import annotations

import contextlib
import json
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._api import http
from ansible_collections.managed_desktop.network.plugins.module_utils._api.client import ApiClient
from ansible_collections.managed_desktop.network.plugins.module_utils._api.http import Busy, Http, HttpError
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.answers import Malformed
from ansible_collections.managed_desktop.network.plugins.module_utils._https import Answer
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError

Json = dict[str, t.Any]
Parsed = t.TypeVar("Parsed")

NOT_FOUND = "generic_err_object_not_found"

_EXPIRED = (
    "generic_err_wrong_session_id",
    "generic_err_session_expired",
    "generic_err_missing_session_id",
    "generic_err_invalid_session_id",
)
_LOGINS = 4
_BETWEEN_LOGINS = 25.0
"""How many seconds to wait where there were too many logins: a server takes three a minute of one administrator."""
_JSON = {"Content-Type": "application/json"}


class CommandError(HttpError):
    """The server refused a command; `code` is its own word for why."""

    def __init__(self, message: str, uncertain: bool, code: str) -> None:
        super().__init__(message, uncertain)
        self.code = code


class Identity(t.NamedTuple):
    """How a login says who it is: `credentials`, the domain, and by what the session is known to later runs."""

    credentials: t.Mapping[str, str]
    domain: str | None
    session_name: str
    session_description: str


class ManagementApi(ApiClient):
    """One session on one management server, in one domain.

    With `reads_only` it may change nothing, and leaves nothing behind. `holder` is the session in which changes of ours
    are pending; None where there are none. `publishing` says that the server was told to publish them, so that a new
    session loses nothing. `administrator` is whose credentials ours are, once that was looked up; a key does not say.
    """

    def __init__(self, http: Http, base: str, identity: Identity) -> None:
        super().__init__(http)
        self.base = base
        self.identity = identity
        self.reads_only = True
        self.may_write = False
        self.version = ""
        self.uid = ""
        self.administrator = ""
        self.holder: str | None = None
        self.publishing = False
        self.ended = False
        self._lost_logins = 0
        self._sid = ""

    # -- commands ------------------------------------------------------------------------------------------------

    def call(self, command: str, payload: t.Mapping[str, t.Any], repeatable: bool = False) -> Json:
        """Run a command and return its answer. `repeatable` says that doing it twice is the same as once.

        Raises:
            CommandError: the server refused it.
            HttpError: no answer came, or none of a known form.
        """
        place = f"{self.base}/{command}"
        answer = self.send("POST", place, json.dumps(payload).encode("ascii"), _JSON, repeatable)
        return self._understood(place, answer)

    def asked(self, command: str, payload: t.Mapping[str, t.Any], parse: t.Callable[[t.Any], Parsed]) -> Parsed:
        """Run a command that changes nothing, and return what `parse` makes of the answer."""
        return self.parsed(command, self.call(command, payload, repeatable=True), parse)

    def parsed(self, command: str, data: Json, parse: t.Callable[[t.Any], Parsed]) -> Parsed:
        """Return what `parse` makes of the answer of a command.

        Raises:
            HttpError: it is of no known form.
        """
        try:
            return parse(data)
        except Malformed as error:
            raise HttpError(
                f"{self.http.device} answers {command} with what the reference of its API does not know: {error}. "
                "Check that host, port and domain are those of a management server.",
                uncertain=True,
            ) from error

    def _understood(self, place: str, answer: Answer, quoting: bool = True) -> Json:
        data: t.Any = None
        if answer.status == 200:
            data = self.http.parsed_json("POST", place, answer, quoting)
            if isinstance(data, dict):
                return data
        elif answer.status < 500:
            data = _error_of(answer)
        if not isinstance(data, dict):
            raise self.http.unexpected("POST", place, answer, quoting=quoting)
        code = data.get("code")
        raise CommandError(
            f"{self.http.device} refuses {place.rpartition('/')[2]}: {self.http.clean(_told(data))}",
            False,
            code if isinstance(code, str) else "",
        )

    # -- the session ---------------------------------------------------------------------------------------------

    def login(self) -> None:
        self._sid = ""
        found = self._logged_in()
        sid, uid = found.get("sid"), found.get("uid", "")
        if not isinstance(sid, str) or not sid or not sid.isprintable() or not isinstance(uid, str):
            raise HttpError(f"{self.http.device} answers login with what is no session.", uncertain=True)
        self.http.hide(sid)
        self._sid, self.uid = sid, uid
        self.version = self.http.clean(found.get("api-server-version", ""))
        self.may_write = not found.get("read-only") and not found.get("standby")
        if found.get("standby") and not self.reads_only:
            self.logged_in = True
            raise ApplianceError(
                f"{self.http.device} is the standby server, where nothing can be changed. Give the active one as host."
            )

    def _logged_in(self) -> Json:
        """Log in and return the answer. One that is lost may have opened a session, which `orphans` knows of."""
        payload = {
            **self.identity.credentials,
            **({"domain": self.identity.domain} if self.identity.domain is not None else {}),
            "read-only": self.reads_only,
            "session-name": self.identity.session_name,
            "session-description": self.identity.session_description,
        }
        place = f"{self.base}/login"
        body = json.dumps(payload).encode("ascii")
        for trial in range(1, _LOGINS + 1):
            try:
                return self._understood(place, self.http.send("POST", place, body, _JSON), quoting=False)
            except CommandError as error:
                raise self._refused(error) from error
            except Busy as error:
                if trial == _LOGINS or error.seconds is not None:
                    raise
                http.sleep(_BETWEEN_LOGINS)
            except HttpError as error:
                if not error.uncertain or trial == _LOGINS:
                    raise
                self._lost_logins += 1
                http.sleep(float(trial))
        raise AssertionError("the last try returns or raises")

    def _refused(self, error: CommandError) -> CommandError:
        where = f" to the domain {self.identity.domain}" if self.identity.domain is not None else ""
        hint = (
            f"Check the credentials, and that they may log in{where} through the management API. A server of several "
            "domains needs domain."
        )
        return CommandError(f"{error}. {hint}", error.uncertain, error.code)

    @property
    def orphans(self) -> bool:
        """Whether there may be sessions of this run that nobody can use, because the answer to a login was lost."""
        return self._lost_logins > 0

    def logout(self) -> None:
        """Take back what is pending, whatever kept that from being done before, and end the session."""
        if self.holder is not None:
            with contextlib.suppress(HttpError):
                self._send_in_session("discard", {} if self.holder == self.uid else {"uid": self.holder})
            self.holder = None
        self.ended = self._send_in_session("logout", {}).status < 500

    def _send_in_session(self, command: str, payload: t.Mapping[str, t.Any]) -> Answer:
        body = json.dumps(payload).encode("ascii")
        headers = {**_JSON, **self.authorisation()}
        return self.http.send("POST", f"{self.base}/{command}", body, headers, repeatable=True)

    def authorisation(self) -> dict[str, str]:
        return {"X-chkp-sid": self._sid}

    def has_expired(self, answer: Answer) -> bool:
        if answer.status not in (400, 401, 403):
            return False
        data = _error_of(answer)
        return isinstance(data, dict) and data.get("code") in _EXPIRED

    def may_renew(self) -> bool:
        return self.holder is None or self.publishing

    # -- what is pending -----------------------------------------------------------------------------------------

    def take_back(self) -> None:
        """Discard what is pending, if anything is, in whichever session it is.

        Raises:
            HttpError: it could not be done; it stays locked until a later run of ours does it.
        """
        if self.holder is None:
            return
        self.publishing = True  # from here on a new session loses nothing, since all is to be lost
        try:
            self.call("show-session", {}, repeatable=True)  # renews a session that has expired
            self.call("discard", {} if self.holder == self.uid else {"uid": self.holder}, repeatable=True)
        except CommandError as error:
            if error.code != NOT_FOUND:
                raise
        finally:
            self.publishing = False
        self.holder = None


def _error_of(answer: Answer) -> t.Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def _told(data: Json) -> str:
    """Return what an error says: its message, and what validation found."""
    found = [data.get("message")]
    for key in ("blocking-errors", "errors"):
        items = data.get(key)
        found += [one.get("message") for one in (items if isinstance(items, list) else []) if isinstance(one, dict)]
    texts = [text.rstrip(". ") for text in found if isinstance(text, str) and text]
    distinct = [text for number, text in enumerate(texts) if not any(text in other for other in texts[:number])]
    return "; ".join(distinct) or "without a reason"
