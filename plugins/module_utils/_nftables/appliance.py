# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A Linux firewall as an appliance: the steps of the flow, on the kernel's table, its file, and dnsmasq's fragment."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import socket
import time
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._difference import Line
from ansible_collections.managed_desktop.network.plugins.module_utils._files import (
    file_lock,
    list_backups,
    read_backup,
    refuse_unwritable,
    sync_directory,
    tidy_backups,
    write_durably,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._manage import Judgement, ListAppliance
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables import fragment as fragments
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables import kernel as kernels
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables import lockout
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables import resolver as resolvers
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.ruleset import (
    Shape,
    additions,
    learnt,
    read_listing,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.site import judge_site
from ansible_collections.managed_desktop.network.plugins.module_utils._nftables.stored import (
    Layout,
    Stored,
    checked_content,
    checked_provenance,
    frame,
    groups_of,
    lines_of,
    read_stored,
    shape_of,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._package import content_digest
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import (
    NONE,
    RUNNING,
    STOPPED,
    UNKNOWN,
    ApplianceError,
    Running,
    State,
    Wanted,
)

_MODE = 0o640
_POLL = 0.05
_SILENCE = 2.0
_REMOVED_SECONDS = 2.0
_LATEST = 3


class Staged(t.NamedTuple):
    """A list that is written and not read yet: temporary file to final one. What is to go has no temporary file."""

    files: t.Mapping[str, str | None]
    content: dict[str, t.Any] | None


class Nftables(ListAppliance):
    """One named list on one firewall."""

    platform = "nftables"

    def __init__(
        self,
        layout: Layout,
        kernel: kernels.Kernel,
        resolver: resolvers.Resolver,
        config_file: str,
        activation_timeout: float = 30.0,
        warm_up: float = 5.0,
        forget: bool = False,
        allow_lockout: bool = False,
    ) -> None:
        self.layout = layout
        self.kernel = kernel
        self.resolver = resolver
        self.config_file = config_file
        self.backup_dir = os.path.join(layout.backup_dir, layout.name)
        self.activation_timeout = activation_timeout
        self.warm_up = warm_up
        self.forget = forget
        self.allow_lockout = allow_lockout

    @property
    def state_name(self) -> str:
        """The reserved name that answers which fragment dnsmasq has read."""
        return fragments.state_name(self.layout.name)

    # -- reading -------------------------------------------------------------------------------------------------

    def read(self) -> State:
        stored = read_stored(self.layout)
        lines: t.Sequence[Line] = ()
        if stored.content is not None:
            lines = lines_of(stored.content, stored.provenance or {}, self.layout)
        return State(
            digest=stored.digest,
            running=self._running(stored),
            announced=(stored.digest, stored.generation),
            lines=lines,
            text=frame(stored.content),
            content=stored.content,
            provenance=stored.provenance,
            native=stored,
        )

    def _running(self, stored: Stored) -> Running:
        """Say what the kernel and dnsmasq hold together: the stored list, none, or another."""
        listing = self.kernel.listing()
        told = self._told(stored.fragment is not None)
        if listing is None and not isinstance(told, tuple):
            return Running(NONE)
        shape = None if listing is None else read_listing(listing)
        holds = shape is not None and shape == shape_of(self.layout, stored.ruleset)
        if holds and listing is not None and self.kernel.was_loaded_for(listing, stored.generation):
            if stored.fragment is None or told == stored.announced:
                if not (stored.fragment is None and isinstance(told, tuple)):
                    return Running(RUNNING, stored.digest, stored.generation)
            elif told in (STOPPED, UNKNOWN):
                return Running(str(told))
        return Running(RUNNING, content_digest({"kernel": _plain(shape), "dnsmasq": repr(told), "holds": holds}))

    def _told(self, expected: bool) -> fragments.State | str | None:
        """Return what dnsmasq says of its fragment; STOPPED or UNKNOWN where it cannot say, None where it has none."""
        if not expected and not self.resolver.runs():
            return None
        told = self.resolver.ask(self.state_name)
        if told != "":
            return told
        if not expected:
            return None
        return UNKNOWN if self.resolver.runs() else STOPPED

    def foresee(self, before: State, wanted: Wanted) -> Running:
        if wanted.content is None:
            return Running(NONE)
        if wanted.content["fragment"] is not None and self._told(True) == STOPPED:
            return Running(STOPPED)
        return Running(RUNNING, wanted.digest)

    def describe(self, wanted: Wanted) -> tuple[t.Sequence[Line], str]:
        if wanted.content is None:
            return (), ""
        return lines_of(wanted.content, checked_provenance(wanted.provenance), self.layout), frame(wanted.content)

    # -- judging -------------------------------------------------------------------------------------------------

    def judge(self, needs: t.Mapping[str, t.Any], params: t.Mapping[str, t.Any]) -> Judgement:
        if needs["names"]:
            self.resolver.version()
        site = self.resolver.site(self.layout.fragment) if needs["names"] else ""
        limit = self.resolver.cache_limit(site) if needs["names"] else None
        losses, warnings = judge_site(needs, self.kernel.base_chains(), limit, self.config_file, self.layout.rules_dir)
        return Judgement("ruleset", losses, warnings)

    def checked_content(self, content: t.Any) -> dict[str, t.Any]:
        return checked_content(content, self.layout.name)

    def checked_provenance(self, provenance: t.Any) -> dict[str, t.Any]:
        return checked_provenance(provenance)

    def facts(self) -> dict[str, t.Any]:
        version = self.kernel.version()
        try:
            dnsmasq: str | None = self.resolver.version()
        except ApplianceError:
            dnsmasq = None  # a list without names needs none; one with names is judged
        measured = version in kernels.MEASURED_VERSIONS and dnsmasq in (None, *resolvers.MEASURED_VERSIONS)
        return {"version": version, "dnsmasq": dnsmasq, "dialect_measured": measured}

    def details(self, state: State) -> dict[str, t.Any]:
        listing = self.kernel.listing() or []
        return {"learnt": {name: len(members) for name, members in learnt(listing).items()}}

    def preview(self, wanted: Wanted) -> None:
        for directory in (self.layout.rules_dir, self.backup_dir, kernels.NOTES):
            refuse_unwritable(directory)
        if wanted.content is not None and wanted.content["fragment"] is not None:
            self._refuse_missing()
            refuse_unwritable(self.layout.conf_dir)
        self._check(wanted.content)

    def validate(self, staged: Staged) -> None:
        self._check(staged.content)

    def _check(self, content: t.Mapping[str, t.Any] | None) -> None:
        if content is None:
            return
        self.kernel.check(content["ruleset"])
        self._refuse_lockout(content["ruleset"])
        if content["fragment"] is not None:
            sample = fragments.rendered(content["fragment"], "0" * 8)
            self.resolver.check(self.resolver.site(self.layout.fragment), sample)
            self._refuse_silence()

    def _refuse_missing(self) -> None:
        if not os.path.isdir(self.layout.conf_dir):
            raise ApplianceError(
                f"{self.layout.conf_dir} is not there. Make it, have dnsmasq read it (conf-dir), or set "
                "dnsmasq_conf_dir to the directory that it reads."
            )

    def _refuse_lockout(self, ruleset: str) -> None:
        connection = lockout.present_connection()
        shape = shape_of(self.layout, ruleset)
        if self.allow_lockout or connection is None or shape is None:
            return
        how = lockout.cut(shape, connection, _is_local(connection.server))
        if how is not None:
            raise ApplianceError(
                f"The list would cut the connection by which Ansible came: {how}. Put {connection.client} into "
                "untouched_networks, or take it out of clients; or set allow_lockout to true, best with confirm_within."
            )

    def _refuse_silence(self) -> None:
        """A dnsmasq that runs and cannot be asked would only be found out after the new list is in force."""
        deadline = time.monotonic() + _SILENCE
        while self._told(True) == UNKNOWN:
            if time.monotonic() > deadline:
                raise ApplianceError(
                    f"dnsmasq runs, but nothing answers at {self.resolver.address} port {self.resolver.port}, where it "
                    "would be asked which list it has. Set dnsmasq_address to where this host reaches it."
                )
            time.sleep(_POLL)

    # -- writing -------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def lock(self) -> t.Iterator[None]:
        os.makedirs(self.layout.rules_dir, mode=0o755, exist_ok=True)
        with file_lock(os.path.join(self.layout.rules_dir, ".allowlist.lock"), "a list of this firewall"):
            yield

    def stage(self, wanted: Wanted) -> Staged:
        if wanted.content is not None and wanted.content["fragment"] is not None:
            self._refuse_missing()
        self.kernel.reserve()
        if wanted.content is None:
            return Staged({self.layout.ruleset: None, self.layout.fragment: None, self.layout.provenance: None}, None)
        provenance = json.dumps(checked_provenance(wanted.provenance), ensure_ascii=True)
        texts = {self.layout.provenance: provenance, self.layout.ruleset: wanted.content["ruleset"]}
        fragment, present = wanted.content["fragment"], read_stored(self.layout)
        files: dict[str, str | None] = {}
        if fragment is None:
            files[self.layout.fragment] = None
        elif present.fragment != fragments.rendered(fragment, (present.announced or ("", ""))[1]):
            texts[self.layout.fragment] = fragments.rendered(fragment, secrets.token_hex(4))
        return self._written(texts, files, wanted.content)

    def _written(self, texts: t.Mapping[str, str], files: dict[str, str | None], content: t.Any) -> Staged:
        mark = secrets.token_hex(4)
        try:
            for path, text in texts.items():
                directory, name = os.path.split(path)
                if path == self.layout.provenance:
                    os.makedirs(directory, mode=0o700, exist_ok=True)
                files[path] = os.path.join(directory, f".{name.lstrip('.')}.{mark}")
                write_durably(t.cast(str, files[path]), text, _MODE)
        except OSError:
            self.discard(Staged(files, None))
            raise
        return Staged(files, content)

    def discard(self, staged: Staged | None) -> None:
        for temporary in staged.files.values() if staged is not None else ():
            if temporary is not None:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(temporary)
        self.kernel.release()

    def activate(self, staged: Staged) -> None:
        before, listing = read_stored(self.layout), self.kernel.listing()
        lost = listing is None or self.kernel.was_reloaded(listing)
        earlier = self._fed_by(before)
        gone = self._addresses_of_removed(earlier, staged)
        for path, temporary in staged.files.items():
            if temporary is not None:
                os.rename(temporary, path)
            else:
                with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                    os.unlink(path)
        for directory in {os.path.dirname(path) for path in staged.files}:
            with contextlib.suppress(FileNotFoundError):
                sync_directory(directory)
        now = read_stored(self.layout)
        if now.ruleset is None:
            self.kernel.remove()
            self._renew(now, before, False)
            return
        # First the kernel learns for both lists, then dnsmasq tells it of the new one, then it forgets the old one: so
        # a name that both have passes at every moment, and one that neither has at none.
        emptied = "".join(
            f"flush set inet {self.layout.table} {name}\n" for name in learnt(listing or []) if self.forget
        )
        more = emptied + additions(now.ruleset, listing or [])
        if more:
            self.kernel.add(more)
        self._renew(now, before, now.fragment is not None and (lost or self.forget))
        self.kernel.load(now.ruleset, self._carried(earlier, now, self.kernel.listing(), gone), now.generation)

    def _addresses_of_removed(self, earlier: t.Mapping[str, set[str]], staged: Staged) -> set[str] | None:
        """Return what the names that are taken out resolve to now, so that it does not stay open.

        None where there are such names and dnsmasq, being stopped, cannot be asked for them.
        """
        if self.forget or staged.content is None:
            return set()
        new = fragments.groups_by_domain(staged.content["fragment"])
        removed = {domain for domains in earlier.values() for domain in domains} - set(new)
        if removed and not self.resolver.runs():
            return None
        return self._addresses(sorted(removed), _REMOVED_SECONDS)

    def _fed_by(self, before: Stored) -> dict[str, set[str]]:
        """Return the domains that may have fed each group of sets: those of the stored list and of the latest back-ups.

        A run that died may have put a list's files in place, and left in the sets what was learnt for the one before.
        """
        texts = [before.fragment]
        for path in list_backups(self.backup_dir)[-_LATEST:]:
            with contextlib.suppress(ApplianceError):
                content = read_backup(self.backup_dir, path).get("content")
                texts.append(content.get("fragment") if isinstance(content, dict) else None)
        found: dict[str, set[str]] = {}
        for text in texts:
            for domain, group in fragments.groups_by_domain(text).items():
                found.setdefault(group, set()).add(domain)
        return found

    def _addresses(self, names: t.Sequence[str], seconds: float) -> set[str]:
        try:
            return self.resolver.addresses(names, seconds) if names and seconds > 0 else set()
        except OSError:
            return set()

    def _carried(
        self, earlier: t.Mapping[str, set[str]], now: Stored, listing: kernels.Listing | None, gone: set[str] | None
    ) -> dict[str, dict[str, int]]:
        shape = shape_of(self.layout, now.ruleset)
        if listing is None or shape is None:
            return {}
        new: dict[str, set[str]] = {}
        for domain, group in fragments.groups_by_domain(now.fragment).items():
            new.setdefault(group, set()).add(domain)
        stay = {f"{group}_{family}" for group in new if earlier.get(group, set()) <= new[group] for family in "46"}
        # A table that was made just now has learnt already, and has no rules yet.
        spans = groups_of("\n".join([now.ruleset or "", *read_listing(listing).chains.get("decide", ())]))
        groups = {f"{group}_{family}": members for group, members in spans.items() for family in "46"}
        if gone is None:  # nobody can tell which addresses are theirs; a dnsmasq that starts asks anew for the others
            carried = {name: members for name, members in learnt(listing).items() if name in stay}
        else:
            carried = kernels.carried_over(listing, groups, stay, gone)
        limits = {name: described[2] for name, described in shape.sets.items() if described[2]}
        return {
            name: {element: min(left, limits[name]) for element, left in members.items()}
            for name, members in carried.items()
            if name in limits
        }

    def _renew(self, now: Stored, before: Stored, lost: bool) -> None:
        """Make the running dnsmasq read what is stored, and wait until it says so; a stopped one does at its start."""
        told = self._told(now.fragment is not None or before.fragment is not None)
        if told == STOPPED or (told == now.announced and not lost):
            return
        if told is None and now.fragment is None:
            return
        self.resolver.restart()
        deadline = time.monotonic() + self.activation_timeout
        while True:
            told = self._told(True)
            if told == now.announced:
                break
            if time.monotonic() > deadline:
                said = (
                    "does not run" if told == STOPPED else "does not answer" if told == UNKNOWN else "has another list"
                )
                raise ApplianceError(
                    f"dnsmasq was restarted, but after {self.activation_timeout:g} s it {said}. See its log, and "
                    f"whether it reads {self.layout.conf_dir} (conf-dir) and answers at {self.resolver.address}."
                )
            time.sleep(_POLL)
        self._addresses(fragments.exact_names(now.fragment), self.warm_up)

    def restore(self, state: State) -> None:
        stored: Stored = state.native
        texts = {
            path: text
            for path, text in (
                (self.layout.provenance, json.dumps(stored.provenance or {}) if stored.content is not None else None),
                (self.layout.ruleset, stored.ruleset),
                (self.layout.fragment, stored.fragment),
            )
            if text is not None
        }
        gone = {path: None for path in (self.layout.ruleset, self.layout.fragment) if path not in texts}
        self.kernel.reserve()
        self.activate(self._written(texts, {**gone}, stored.content))

    def tidy(self) -> None:
        tidy_backups(self.backup_dir)
        stored = read_stored(self.layout)
        if stored.digest is None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.layout.provenance)
        for path in (self.layout.ruleset, self.layout.fragment, self.layout.provenance):
            directory, name = os.path.split(path)
            leftover = re.compile(rf"\.{re.escape(name.lstrip('.'))}\.[0-9a-f]{{8}}")
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                for found in filter(leftover.fullmatch, os.listdir(directory)):
                    os.unlink(os.path.join(directory, found))


def _plain(shape: Shape | None) -> t.Any:
    """Return a shape as plain data in one order, fit for a digest."""
    if shape is None:
        return None
    sets = {
        name: [sorted(map(str, part)) if isinstance(part, frozenset) else part for part in parts]
        for name, parts in shape.sets.items()
    }
    return {"sets": sets, "chains": {name: list(rules) for name, rules in shape.chains.items()}}


def _is_local(address: t.Any) -> bool:
    """Whether an address is one of this host's own: only such a one can be bound."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind((str(address), 0))
        except OSError:
            return False
    return True
