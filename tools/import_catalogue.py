# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the shipped catalogue from the fixtures, and the fixtures from published documents.

    python -m tools.import_catalogue write              # every edition of plugins/plugin_utils/data, anew
    python -m tools.import_catalogue fixture PAGE FILE  # FILE becomes the tables of names of the Markdown PAGE

A fixture holds the facts of a document, the rows of its tables, and none of its prose; what else is known of a
document stands in documents.yml beside its fixtures.
"""

from __future__ import annotations

import argparse
import dataclasses
import typing as t
from pathlib import Path

import yaml
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import stored, tables
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.domains import with_domains
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.draft import Draft
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import (
    Document,
    Edition,
    Entry,
    Row,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.files import IMPORTERS, format_of
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.requirements import REQUIREMENTS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.treatments import with_treatments
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Origin, parse_ports

PROJECT = Path(__file__).resolve().parent.parent
FIXTURES = PROJECT / "tests" / "unit" / "catalogue" / "fixtures"
DATA = PROJECT / "plugins" / "plugin_utils" / "data"


def editions() -> t.Iterator[Edition]:
    """Yield every edition as its fixtures give it."""
    for facts in sorted(FIXTURES.glob("*/documents.yml")):
        for document in yaml.safe_load(facts.read_text(encoding="utf-8")):
            yield edition(facts.parent, document)


def edition(folder: Path, document: dict[str, t.Any]) -> Edition:
    """Return the edition of a document of `folder`, complete with treatments and registrable domains."""
    facts = {key: document.get(key) for key in ("title", "url", "commit", "date", "sha256")}
    requirements = tuple(REQUIREMENTS[name] for name in document.get("requirements", ()))
    blank = Edition(
        folder.name,
        document["id"],
        document["status"],
        Document(**facts),
        requirements,
        instance=document.get("instance"),
    )
    parts = document.get("parts") or [{"file": f"{document['id']}.md"}]
    if document.get("service"):
        found = lists_as_rows(folder, document["service"], parts, blank)
    else:
        found = import_text_of(folder / parts[0]["file"], blank)
    return with_domains(with_treatments(found))


def import_text_of(path: Path, blank: Edition) -> Edition:
    """Return the edition of one fixture, by the format that its suffix says."""
    return IMPORTERS[format_of(path.name)](path.read_text(encoding="utf-8"), blank)


def lists_as_rows(folder: Path, service: str, parts: list[dict[str, t.Any]], blank: Edition) -> Edition:
    """Return the edition of documents that are bare lists: each is a row of `service`, and its lines are the tokens.

    What is known of its endpoints beside the list is said for a whole part, or for some of its names as `facts`.
    """
    draft = Draft()
    for part in parts:
        listed = import_text_of(folder / part["file"], blank).entries
        known = {name: fact for fact in part.get("facts", ()) for name in fact["names"]}
        missing = known.keys() - {entry.name for entry in listed}
        if missing:
            raise SystemExit(f"{part['file']} does not list {', '.join(sorted(missing))}.")
        by_set: dict[str | None, list[Entry]] = {}
        for entry in listed:
            by_set.setdefault(known.get(entry.name, part).get("set"), []).append(entry)
        for name, entries in by_set.items():
            number = len(draft.rows) + 1
            draft.rows.append(Row(number, service, len(entries), set=name))
            for token, entry in enumerate(entries, 1):
                said = known.get(entry.name, part)
                origin = Origin(blank.source, blank.id, number, service, entry.repairs, name)
                endpoint = dataclasses.replace(entry.endpoint, service=service, set=name, sources=(origin,))
                if "tcp_ports" in said or "udp_ports" in said:
                    endpoint = dataclasses.replace(
                        endpoint,
                        tcp_ports=parse_ports(said.get("tcp_ports")),
                        udp_ports=parse_ports(said.get("udp_ports")),
                        ports_assumed=False,
                    )
                draft.entries.append(entry._replace(endpoint=endpoint, token=token))
    return draft.finish(blank)


def path_of(found: Edition) -> Path:
    """Return where an edition is shipped."""
    return DATA / found.source / f"{found.id}.json"


def fixture(page: str) -> str:
    """Return the tables of names of a Markdown page, with the comments that hide some of them, and nothing else."""
    found = tables.read_tables(page)
    wanted = {row.line for row in found.rows} | set(found.headers)
    lines = tables.lines_of(page)
    kept: list[str] = []
    commented = False
    for number, line in enumerate(lines, 1):
        if number in wanted:
            kept += [""] if number in found.headers and kept and not commented else []
            kept.append(line)
            if number in found.headers:
                kept.append(lines[number])
        elif line.strip() in ("<!---", "<!--", "-->"):
            kept.append(line.strip())
            commented = line.strip() != "-->"
    return "\n".join(kept) + "\n"


def main() -> None:
    """Run one of the two verbs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("write")
    make = verbs.add_parser("fixture")
    make.add_argument("page", type=Path)
    make.add_argument("file", type=Path)
    options = parser.parse_args()
    if options.verb == "fixture":
        options.file.write_text(fixture(options.page.read_text(encoding="utf-8")), encoding="utf-8")
        return
    for found in editions():
        path = path_of(found)
        path.parent.mkdir(exist_ok=True)
        path.write_text(stored.dump(found), encoding="utf-8")
        print(f"{path.relative_to(PROJECT)}: {found.account()}")


if __name__ == "__main__":
    main()
