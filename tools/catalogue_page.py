# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make docs/catalogue.md from the shipped catalogue: python -m tools.catalogue_page

Every source and edition with its status and counts, and all that is not simply imported: mends, hidden rows,
placeholders and refusals, each with its place.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import mends, shipped
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import Edition
from ansible_collections.managed_desktop.network.plugins.plugin_utils._markdown_text import code, prose, table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "catalogue.md"
_HEAD = """\
<!--
SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
SPDX-License-Identifier: GPL-3.0-or-later
Made by tools/catalogue_page.py from the shipped catalogue; not to be edited.
-->

# The shipped catalogue

What the collection knows without asking anybody: each edition of each source as its document had it. Every name or
network that a document lists is a token, and each became one of these: imported as written, mended by a rule,
a placeholder that waits for a tenant, hidden because its document hides the row, or refused. The counts add up."""

_Groups = dict[tuple[str, ...], dict[str, list[str]]]


def page(editions: t.Mapping[str, t.Sequence[Edition]]) -> str:
    """Return the page for the editions of each source, oldest first."""
    parts = [_HEAD, _sources(editions)]
    for source, found in editions.items():
        parts += [f"## {source}", *_source(found)]
    return "\n\n".join(parts) + "\n"


def _sources(editions: t.Mapping[str, t.Sequence[Edition]]) -> str:
    rows = []
    for source, found in editions.items():
        latest = shipped.load(source)
        title = prose(latest.document.title or "-")
        rows.append(
            [code(source), str(len(found)), code(latest.id), latest.status, f"[{title}]({latest.document.url})"]
        )
    return table(["Source", "Editions:", "Latest", "Its status", "Document"], rows)


def _source(editions: t.Sequence[Edition]) -> t.Iterator[str]:
    yield table(
        [
            *("Edition", "Status", "Cloud", "Commit", "Rows:", "Hidden rows:", "Services:", "Tokens:", "Imported:"),
            *("Mended:", "Placeholders:", "Hidden:", "Refused:", "Names:", "Networks:"),
        ],
        map(_counts, editions),
    )
    yield "SHA-256 of the documents: " + ", ".join(
        f"{code(edition.id)} {code(edition.document.sha256 or '-')}" for edition in editions
    )
    yield from _section("Asked of the appliance", ["What", "Where it cannot", "Editions"], _requirements(editions))
    yield from _section("Treatments beyond allow", ["Treatment", "Why", "Document", "Endpoints"], _grounds(editions))
    yield from _section(
        "Mended", ["Written", "Taken as", "Rule and reason", "Row and token, by edition"], _mended(editions)
    )
    yield from _section("Rows mended", ["Service", "Rule and reason", "Row, by edition"], _mended_rows(editions))
    yield from _section("Placeholders", ["Name", "Row and token, by edition"], _placeholders(editions))
    yield from _section("Wildcards that a tenant narrows", ["Wildcard", "To", "Editions"], _narrowed(editions))
    yield from _section("Hidden rows", ["Service", "Tokens:", "Row, by edition"], _hidden(editions))
    refused = list(_refused(editions))
    yield from _section("Refused", ["Written", "Why", "Row and token, by edition"], refused)
    if not refused:
        yield "Nothing was refused."


def _section(title: str, headings: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> t.Iterator[str]:
    """Yield a heading and its table; nothing where it would be empty."""
    found = list(rows)
    if found:
        yield f"### {title}"
        yield table(headings, found)


def _counts(edition: Edition) -> list[str]:
    account = edition.account()
    named = [row for row in edition.rows if row.tokens]
    names = {entry.name for entry in edition.entries if entry.endpoint.network is None}
    networks = {entry.name for entry in edition.entries if entry.endpoint.network is not None}
    numbers = [
        *(len(named), sum(row.hidden for row in named), len(edition.services()), account["tokens"]),
        *(account[outcome] for outcome in ("imported", "mended", "placeholder", "hidden", "refused")),
        *(len(names), len(networks)),
    ]
    said = [code(edition.id), f"**{edition.status}**", edition.instance or "-", code(edition.document.commit or "-")]
    return [*said, *map(str, numbers)]


def _requirements(editions: t.Sequence[Edition]) -> t.Iterator[list[str]]:
    found: _Groups = {}
    for edition in editions:
        for requirement in edition.requirements:
            found.setdefault((requirement.text, requirement.remedy_text), {})[edition.id] = []
    for (text, remedy), where in found.items():
        yield [prose(text), prose(remedy), _where(where)]


def _grounds(editions: t.Sequence[Edition]) -> t.Iterator[list[str]]:
    grounds = {name: ground for edition in editions for name, ground in edition.grounds.items()}
    for name, ground in sorted(grounds.items()):
        counts = {
            edition.id: sum(name in entry.endpoint.sources[0].grounds for entry in edition.entries)
            for edition in editions
        }
        where = ", ".join(f"{code(id)}: {count}" for id, count in counts.items() if count)
        yield [
            code(ground.treatment),
            prose(ground.reason),
            f"[{prose(ground.title)}]({ground.url}), {ground.date}",
            where,
        ]


def _mended(editions: t.Sequence[Edition]) -> t.Iterator[list[str]]:
    found: _Groups = {}
    for edition in editions:
        for entry in edition.entries:
            if entry.repairs:
                key = (entry.raw or "", entry.name, *entry.repairs)
                _add(found, key, edition, f"{entry.row}.{entry.token}")
    for (raw, name, *rules), where in sorted(found.items()):
        yield [code(raw), code(name), _rules(rules), _where(where)]


def _mended_rows(editions: t.Sequence[Edition]) -> t.Iterator[list[str]]:
    found: _Groups = {}
    for edition in editions:
        for row in edition.rows:
            if row.repairs:
                _add(found, (row.service or "-", *row.repairs), edition, str(row.number))
    for (service, *rules), where in sorted(found.items()):
        yield [prose(service), _rules(rules), _where(where)]


def _placeholders(editions: t.Sequence[Edition]) -> t.Iterator[list[str]]:
    found: _Groups = {}
    for edition in editions:
        for entry in edition.entries:
            if entry.template:
                _add(found, (entry.name,), edition, f"{entry.row}.{entry.token}")
    for (name,), where in sorted(found.items()):
        yield [code(name), _where(where)]


def _narrowed(editions: t.Sequence[Edition]) -> t.Iterator[list[str]]:
    found: _Groups = {}
    for edition in editions:
        for wildcard, names in edition.tenant_names.items():
            found.setdefault((wildcard, *names), {})[edition.id] = []
    for (wildcard, *names), where in sorted(found.items()):
        yield [code(wildcard), ", ".join(map(code, names)), _where(where)]


def _hidden(editions: t.Sequence[Edition]) -> t.Iterator[list[str]]:
    found: _Groups = {}
    for edition in editions:
        for row in edition.rows:
            if row.hidden:
                _add(found, (row.service or "-", str(row.tokens)), edition, str(row.number))
    for (service, tokens), where in sorted(found.items()):
        yield [prose(service), tokens, _where(where)]


def _refused(editions: t.Sequence[Edition]) -> t.Iterator[list[str]]:
    found: _Groups = {}
    for edition in editions:
        for refusal in edition.refused:
            _add(found, (refusal.raw, refusal.reason), edition, f"{refusal.row}.{refusal.token}")
    for (raw, reason), where in sorted(found.items()):
        yield [code(raw), prose(reason), _where(where)]


def _add(found: _Groups, key: tuple[str, ...], edition: Edition, place: str) -> None:
    found.setdefault(key, {}).setdefault(edition.id, []).append(place)


def _rules(rules: t.Iterable[str]) -> str:
    return "<br>".join(f"{code(rule)}: {prose(mends.why(rule))}" for rule in rules)


def _where(places: t.Mapping[str, t.Sequence[str]]) -> str:
    return ", ".join(f"{code(id)}: {', '.join(found)}" if found else code(id) for id, found in places.items())


def catalogue() -> dict[str, list[Edition]]:
    """Return every shipped edition by its source, oldest first."""
    return {
        source: [
            shipped.load(source, edition) for edition in sorted(shipped.editions(source), key=lambda id: (id[:10], id))
        ]
        for source in shipped.sources()
    }


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(catalogue()), encoding="utf-8")
    print(f"written: {PAGE}")


if __name__ == "__main__":
    main()
