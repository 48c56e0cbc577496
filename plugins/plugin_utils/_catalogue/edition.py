# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An edition: what one state of one source says, with the place of every word of it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint

Status = t.Literal["draft", "hidden", "superseded", "current", "retired"]
STATUSES: t.Final[tuple[Status, ...]] = ("draft", "hidden", "superseded", "current", "retired")
CURRENT: t.Final = "current"


@dataclass(frozen=True)
class Document:
    """The document an edition was read from. `date` is the day it was committed; `sha256` that of its bytes."""

    title: str | None = None
    url: str | None = None
    commit: str | None = None
    date: str | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Requirement:
    """What a document asks of the appliance itself, and what to do where the appliance cannot.

    `feature` and `minimum` are for programs (``tls``, ``1.2``), `remedy` names what to do, the two texts are ours.
    """

    id: str
    subject: str
    feature: str
    minimum: str
    text: str
    remedy: str
    remedy_text: str


class Ground(t.NamedTuple):
    """Why an endpoint needs more than to be allowed: the document that asks for it, and its date."""

    treatment: str
    title: str
    url: str
    date: str
    reason: str


class Link(t.NamedTuple):
    """A document that a row refers to."""

    title: str
    url: str


class Row(t.NamedTuple):
    """One row of a document's table, or one set: `tokens` names were written in it, repaired or not, refused or not.

    `title` is what the source calls the service where its name is an abbreviation. `set` is the source's own id of
    what belongs together, and `tied` says that this set has names and networks, either of which is enough.
    """

    number: int
    service: str | None
    tokens: int
    documentation: tuple[Link, ...] = ()
    hidden: bool = False
    repairs: tuple[str, ...] = ()
    title: str | None = None
    set: str | None = None
    tied: bool = False
    express_route: bool | None = None


class Entry(t.NamedTuple):
    """One endpoint as one row says it.

    `token` is its place in the row from 1, and `tokens` how many were joined to make it. `raw` is what was written,
    where that had to be repaired or filled. `template` is the host of a placeholder (``<tenant>.onmicrosoft.com``);
    its endpoint has no host until the placeholder is filled. `registrable` is known for shipped editions only.
    """

    endpoint: Endpoint
    token: int = 1
    tokens: int = 1
    raw: str | None = None
    template: str | None = None
    hidden: bool = False
    registrable: str | None = None

    @property
    def row(self) -> int:
        """The number of the row that the entry stands in; of a user's file the line or item."""
        return self.endpoint.sources[0].row or 0

    @property
    def repairs(self) -> tuple[str, ...]:
        """The rules by which it was repaired, in the order they were applied."""
        return self.endpoint.sources[0].repairs

    @property
    def name(self) -> str:
        """How to speak of it: host and path, placeholder, or network."""
        return f"{self.template}{self.endpoint.path or ''}" if self.template else self.endpoint.subject


class Refusal(t.NamedTuple):
    """A token that became no entry, and why; with `token` 0 a whole row. `line` is known where a file was just read."""

    row: int
    token: int
    raw: str
    reason: str
    line: int | None = None


class Service(t.NamedTuple):
    """One service of an edition: the rows that name it count once."""

    name: str
    rows: tuple[int, ...]
    tokens: int
    entries: int
    unique: int
    hidden: bool
    documentation: tuple[Link, ...]
    title: str | None = None


@dataclass(frozen=True)
class Edition:
    """One dated or versioned state of one source.

    `rules` explains each repair that its entries name, `grounds` each reason for a treatment. `instance` is the cloud
    that the edition is of, where the source has several. `always` are the services that belong to every answer.
    `tenant_names` gives, for a wildcard that stands for every customer, the names of one (``<tenant>.a.example``).
    `notices` tell what a reader of the document should know of it, such as attributes that nobody knows yet. `sha256`
    is that of the file that it was read from, as it is shipped, kept or the user's own, the same on every machine.
    """

    source: str
    id: str
    status: Status
    document: Document = Document()
    requirements: tuple[Requirement, ...] = ()
    rules: t.Mapping[str, str] = field(default_factory=dict)
    grounds: t.Mapping[str, Ground] = field(default_factory=dict)
    instance: str | None = None
    always: tuple[str, ...] = ()
    tenant_names: t.Mapping[str, t.Sequence[str]] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    entries: tuple[Entry, ...] = ()
    refused: tuple[Refusal, ...] = ()
    sha256: str | None = field(default=None, compare=False)

    def with_entries(self, entries: tuple[Entry, ...]) -> Edition:
        """Return the edition with other entries."""
        return replace(self, entries=entries)

    @property
    def unique(self) -> int:
        """How many different endpoints the entries name, by host, path and network."""
        return len({entry.name for entry in self.entries})

    def account(self) -> dict[str, int]:
        """Return what became of each token: ``tokens`` is the sum of the others.

        A token counts under the first that applies of refused, hidden, placeholder, mended, imported.
        """
        outcome = {"imported": 0, "mended": 0, "placeholder": 0, "hidden": 0, "refused": 0}
        outcome["refused"] = sum(1 for refusal in self.refused if refusal.token)
        for entry in self.entries:
            if entry.hidden:
                outcome["hidden"] += entry.tokens
            elif entry.template:
                outcome["placeholder"] += entry.tokens
            else:
                outcome["mended" if entry.repairs else "imported"] += entry.tokens
        return {"tokens": sum(outcome.values()), **outcome}

    def services(self) -> list[Service]:
        """Return the services in the order of the document. A service is hidden where all its rows are."""
        rows: dict[str, list[Row]] = {}
        for row in self.rows:
            if row.service is not None:
                rows.setdefault(row.service, []).append(row)
        names: dict[str, list[str]] = {}
        for entry in self.entries:
            if entry.endpoint.service is not None:
                names.setdefault(entry.endpoint.service, []).append(entry.name)
        return [
            Service(
                name=name,
                rows=tuple(row.number for row in own),
                tokens=sum(row.tokens for row in own),
                entries=len(names.get(name, ())),
                unique=len(set(names.get(name, ()))),
                hidden=all(row.hidden for row in own),
                documentation=tuple(dict.fromkeys(link for row in own for link in row.documentation)),
                title=own[0].title,
            )
            for name, own in rows.items()
        ]
