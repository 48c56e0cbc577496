# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a management server holds. Times are seconds since 1970; a revision is the state of a domain once published."""

from __future__ import annotations

import datetime
import secrets
import typing as t
import uuid
from dataclasses import dataclass, field

Json = dict[str, t.Any]


def new_uid() -> str:
    """Return an identifier as the server makes them."""
    return str(uuid.UUID(bytes=secrets.token_bytes(16)))


def date(seconds: float) -> Json:
    """Return a time as the server writes it."""
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return {"posix": int(seconds * 1000), "iso-8601": moment.strftime("%Y-%m-%dT%H:%M+0000")}


@dataclass(frozen=True)
class Administrator:
    """Who may log in, with a password or a key; `read_only` is a profile that may change nothing."""

    name: str
    password: str = ""
    api_key: str = ""
    read_only: bool = False
    domains: tuple[str, ...] = ()
    """The domains that are open to him; all of them if empty."""


@dataclass(frozen=True)
class Site:
    """One application-site. `others` are the fields that a list has nothing to do with."""

    uid: str
    name: str
    urls: tuple[str, ...]
    regular: bool
    others: Json
    created: float
    modified: float
    modifier: str


@dataclass(frozen=True)
class Revision:
    """A published session, and the application-sites by name as they were then."""

    uid: str
    name: str
    administrator: str
    description: str
    published: float
    sites: t.Mapping[str, Site]


@dataclass
class Session:
    """What one login may change. `changes` has by name what it made of an object, None where it took it away; whatever
    is in it is locked for all others."""

    uid: str
    sid: str
    administrator: Administrator
    domain: Domain
    read_only: bool
    timeout: float
    opened: float
    last_seen: float
    name: str = ""
    description: str = ""
    comments: str = ""
    logged_out: float | None = None
    expired: bool = False
    changes: dict[str, Site | None] = field(default_factory=dict)

    @property
    def connected(self) -> bool:
        """Whether somebody can still use it."""
        return self.logged_out is None and not self.expired


@dataclass
class Gateway:
    """One installation target; `revision` is what it runs, `fails` what it says where an installation fails on it."""

    name: str
    fails: str | None = None
    revision: Revision | None = None
    members: int = 0
    """How many members it has, where it is a cluster."""
    uid: str = field(default_factory=new_uid)


@dataclass
class Package:
    """A policy package and its installation targets; `uses` are the names of the sites in its rules."""

    name: str
    gateways: list[Gateway]
    uses: set[str] = field(default_factory=set)
    uid: str = field(default_factory=new_uid)


@dataclass
class Task:
    """Something that takes time. `work` is done when it is over, and returns the status and the details."""

    name: str
    administrator: str
    started: float
    seconds: float
    work: t.Callable[[], tuple[str, list[Json]]]
    gateways: tuple[Gateway, ...] = ()
    uid: str = field(default_factory=new_uid)
    status: str = "in progress"
    details: list[Json] = field(default_factory=list)


@dataclass
class Domain:
    """One database: what is published, who is at work, what can be installed."""

    name: str
    packages: dict[str, Package] = field(default_factory=dict)
    revisions: list[Revision] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    tasks: dict[str, Task] = field(default_factory=dict)
    publish_error: str | None = None
    """What the server says where publishing fails."""
    uid: str = field(default_factory=new_uid)

    @property
    def published(self) -> t.Mapping[str, Site]:
        """The application-sites that everybody sees."""
        return self.revisions[-1].sites if self.revisions else {}

    def shown(self) -> Json:
        """Return the domain as it stands in every object."""
        return {"uid": self.uid, "name": self.name, "domain-type": "domain"}

    def holder(self, name: str, session: Session) -> Session | None:
        """Return the other session that has an object locked."""
        return next((other for other in self.sessions if other is not session and name in other.changes), None)
