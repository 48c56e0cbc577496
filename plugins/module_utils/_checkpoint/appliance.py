# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""One application-site on a Check Point management server, as an appliance.

A change is made in one session. Before anything is changed, the object is locked by setting what it says already, and
what comes back is compared with what was read: from then on nobody else can change it until the session is over. Then
the list is set, published, and the policy installed.
"""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._api.appliance import VARIANT, ApiAppliance
from ansible_collections.managed_desktop.network.plugins.module_utils._api.jobs import Progress, nobody
from ansible_collections.managed_desktop.network.plugins.module_utils._api.options import backups_of, http_of
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint import sessions
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.answers import (
    OURS,
    UNLOCKED,
    Site,
    site_of,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.api import (
    CommandError,
    Identity,
    ManagementApi,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.options import (
    Place,
    base_path_of,
    credentials_of,
    place_of,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.policy import Activation
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.sight import FULL, Sight
from ansible_collections.managed_desktop.network.plugins.module_utils._checkpoint.site import (
    REGULAR,
    URLS,
    content_of,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import Judgement
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import (
    UNKNOWN,
    ApplianceError,
    Running,
    State,
    Wanted,
    runs_what_is_stored,
)

Json = dict[str, t.Any]

_TLS = {
    "stands_for": "HTTPS inspection of the policy package",
    "switched_off_by": "a rule with the action Bypass in its HTTPS inspection layer that has the application-site",
    "source": (
        "https://sc1.checkpoint.com/documents/R82/WebAdminGuides/EN/CP_R82_ThreatPrevention_AdminGuide/Content/"
        "Topics-TPG/Using_Threat_Prevention_with_HTTPS_Traffic.htm; that the rule's field site-category takes an "
        "application-site is not confirmed by a page that was found"
    ),
    "protocol_detection": "unknown",
    "lowest": "unknown",
}
"""What this platform has of the documents' requirement on TLS; whether the site's policy meets it is not known."""


class Staged(t.NamedTuple):
    """What was set in our session, and the object as the server has it now; None where there is none."""

    content: Json | None
    site: Site | None


class CheckPoint(ApiAppliance):
    """One list: one application-site in one domain, and the policy package that carries it to the gateways."""

    platform = "checkpoint"
    module = "checkpoint_allowlist"

    def __init__(
        self,
        api: ManagementApi,
        place: Place,
        backup_dir: str,
        activation: Activation,
        category: str = "",
        install_others: bool = False,
    ) -> None:
        super().__init__(api, backup_dir)
        self.api = api
        self.place = place
        self.activation = activation
        self.category = category
        self.install_others = install_others
        self.seen = Sight(api, place, backup_dir)
        self._published: Staged | None = None
        self._told: Json = {}

    # -- reading -------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def session(self) -> t.Iterator[None]:
        self.api.reads_only = self.reads_only
        with super().session():
            try:
                yield
            finally:
                with contextlib.suppress(ApplianceError, OSError):
                    self._end_lost_sessions()
        if self.api.ended:
            sessions.forget(self.backup_dir, self.api.identity.session_name)

    def _end_lost_sessions(self) -> None:
        """End sessions that this run, or one that died, opened and nobody can use any more."""
        if not self.api.logged_in or not self.api.may_write:
            return
        if self.api.orphans:
            sessions.end_orphans(self.api)
        noted = sessions.noted(self.backup_dir)
        if noted is not None and noted != self.api.identity.session_name:
            with self.file_lock():
                sessions.clear_left_over(self.api, self.place.site, self.backup_dir)
            sessions.forget(self.backup_dir, noted)

    def facts(self) -> Json:
        self.api.ensure_login()
        self._told = {
            "device": self.device,
            "api_version": self.api.version,
            "domain": self.place.domain,
            "application_site": self.place.site,
            "policy_package": self.place.package,
            "targets": [],
        }
        return self._told

    def read(self) -> State:
        content, running = self.seen.look()
        self._told["targets"] = self.seen.told()
        return self.stored(content, running)

    def details(self, state: State) -> Json:
        locked = self.seen.site is not None and self.seen.site.lock not in (UNLOCKED, OURS)
        holder = self.seen.site.holder if self.seen.site is not None else ""
        return {"tls": dict(_TLS), "locked_by": self.api.http.clean(holder) if locked else None}

    # -- judging -------------------------------------------------------------------------------------------------

    def judge(self, needs: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any]) -> Judgement:
        if self.place.package is not None:
            return Judgement(VARIANT)
        warning = (
            f"{self.place.site} is published on {self.device} and installed on no gateway, since policy_package is not"
            " set. It counts when somebody installs the policy."
        )
        return Judgement(VARIANT, warnings=[warning])

    def checked_content(self, content: t.Any) -> Json:
        urls = content.get(URLS) if isinstance(content, dict) else None
        if (
            not isinstance(urls, list)
            or not urls
            or not all(isinstance(url, str) and url and url.isprintable() for url in urls)
            or not isinstance(content.get(REGULAR), bool)
            or content != content_of(urls, content[REGULAR])
        ):
            raise ApplianceError(f"The list is not of the form {{{URLS}: [text, …], {REGULAR}: true}}.")
        return t.cast("Json", content)

    def entries_of(self, content: t.Mapping[str, t.Any]) -> t.Iterable[str]:
        return t.cast("list[str]", content[URLS])

    def foresee(self, before: State, wanted: Wanted) -> Running:
        if not self.seen.tells_revisions:
            return Running(UNKNOWN)
        return super().foresee(before, wanted)

    def refuse_unfit(self, wanted: Wanted) -> None:
        site = self.seen.site
        if site is not None and site.lock not in (UNLOCKED, OURS):
            uid = site.holding_session
            if not sessions.left_over_by_us(self.api, self.place.site, uid, self.backup_dir):
                raise self._locked(site)
        if self.place.package is not None:
            self.activation.refuse_under_way()
            self._refuse_to_install_others()

    def _locked(self, site: Site) -> ApplianceError:
        who = sessions.who_has(self.api, site.holding_session, site.holder)
        return ApplianceError(
            f"{self.place.site} on {self.device} is locked by {who}. What is pending there is not ours to discard: "
            "have it published or discarded, then run again."
        )

    def _refuse_to_install_others(self) -> None:
        """An installation would bring to the gateways what others have published since the last one."""
        if self.install_others:
            return
        if not self.seen.tells_revisions:
            raise ApplianceError(
                f"{self.device} does not tell which revision the targets of {self.place.package} run, so what others "
                "have published since is not known. Set install_others to install it with the list."
            )
        running = self.seen.revisions()
        if not running:
            return  # the first installation is of everything there is
        others = sessions.published_by_others(self.api, self.place.site, min(running))
        if others:
            named = dict.fromkeys(self.api.http.clean(one.administrator) or "somebody" for one in others)
            raise ApplianceError(
                f"{len(others)} change(s) of others are published on {self.device} and not installed on all targets of "
                f"{self.place.package} (by {', '.join(list(named)[:10])}); installing it would put them in force. Have "
                "the policy installed first, or set install_others."
            )

    # -- writing -------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def device_lock(self) -> t.Iterator[None]:
        if not self.api.may_write:
            raise ApplianceError(
                f"These credentials may only read on {self.device}. Give those of an administrator who may change "
                "objects and publish."
            )
        sessions.clear_left_over(self.api, self.place.site, self.backup_dir)
        sessions.note(self.backup_dir, self.api.identity.session_name)
        try:
            self._take()
            yield
        finally:
            # What keeps this from being done is told by the step that failed; logging out tries once more.
            with contextlib.suppress(ApplianceError):
                self.api.take_back()

    def _take(self) -> None:
        """Lock the object, if there is one, and make sure that it is as it was read."""
        read = self.seen.site
        if read is None:
            return
        self.api.holder = self.api.uid
        given = {"name": self.place.site, REGULAR: read.content[REGULAR], **FULL}
        try:
            taken = self.api.parsed(
                "set-application-site", self.api.call("set-application-site", given, repeatable=True), site_of
            )
        except CommandError as error:
            self.api.holder = None
            now = self.seen.shown()
            if now is not None and now.lock not in (UNLOCKED, OURS):
                raise self._locked(now) from error
            raise
        if taken.content != read.content:
            raise ApplianceError(
                f"{self.place.site} on {self.device} was changed by somebody while this run looked at it. Run again."
            )
        self.seen.has_locked(taken)

    def stage(self, wanted: Wanted) -> Staged:
        self.refuse_unfit(wanted)
        self.note_provenance(wanted)
        return self._write(wanted.content)

    def _write(self, content: Json | None) -> Staged:
        """Bring the object to `content` in our session; None removes it."""
        there = self.seen.site
        self.seen.has_changed()
        self.api.holder = self.api.uid
        if content is None:
            command, given = "delete-application-site", {"name": self.place.site}
        else:
            command = "add-application-site" if there is None else "set-application-site"
            given = {"name": self.place.site, URLS: content[URLS], REGULAR: content[REGULAR], **FULL}
            if there is None:
                given["primary-category"] = self.category
        try:
            answer = self.api.call(command, given, repeatable=True)
        except CommandError:
            # A second try of what the first one did already is refused.
            site = self.seen.shown()
            if (site.content if site is not None else None) != content:
                raise
            return Staged(content, site)
        return Staged(content, None if content is None else self.api.parsed(command, answer, site_of))

    def validate(self, staged: Staged) -> None:
        if (staged.site.content if staged.site is not None else None) != staged.content:
            raise ApplianceError(f"{self.device} did not take the list as it was given.")
        if staged.site is not None and not staged.site.valid:
            raise ApplianceError(f"{self.device} says that {self.place.site} is not valid as it is now.")

    def activate(self, staged: Staged) -> None:
        self.seen.begin()
        self.activation.publish()
        self._published = staged
        self._install()

    def _install(self) -> None:
        if self.place.package is not None:
            self._refuse_to_install_others()  # again: somebody may have published since the list was staged
            self.activation.install()
            self.seen.has_installed()

    def discard(self, staged: Staged | None) -> None:
        self.api.take_back()

    def restore(self, state: State) -> None:
        self.api.take_back()
        self.seen.begin()
        now, ours = self.read(), self._published
        if now.content != state.content:
            if ours is not None and now.content != ours.content:
                raise ApplianceError(
                    f"{self.place.site} on {self.device} was changed by somebody after this run had published it, and "
                    "that is left as it is."
                )
            self._take()
            self._published = self._write(t.cast("Json | None", state.content))
            self.activation.publish()
            now = self.read()
        if self._published is not None and not _runs_surely(now):
            self._install()

    def tidy(self) -> None:
        super().tidy()
        self.seen.keep()


def _runs_surely(state: State) -> bool:
    return state.running.state != UNKNOWN and runs_what_is_stored(state)


def checkpoint_from(params: t.Mapping[str, t.Any], progress: Progress = nobody) -> CheckPoint:
    """Return the list that the module's options describe.

    Raises:
        ApplianceError: an option does not fit.
    """
    place, credentials = place_of(params), credentials_of(params)
    http = http_of(params, [params["password"], params["api_key"]])
    backup_dir = backups_of("checkpoint", params, place.domain, place.site)
    identity = Identity(credentials, place.domain, sessions.name_for(place.site), sessions.description_for(backup_dir))
    api = ManagementApi(http, base_path_of(params), identity)
    activation = Activation(api, place, params.get("activation_timeout", 0.0), progress)
    return CheckPoint(
        api, place, backup_dir, activation, params.get("primary_category", ""), params.get("install_others", False)
    )
