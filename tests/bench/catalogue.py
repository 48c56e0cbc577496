# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue: loading a source, the lookup in a play, importing a long page, explaining names of a long list.

What runs in process is timed by the processor's clock, whole playbooks by that on the wall.
"""

from __future__ import annotations

import gc
import json
import random
import time
import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue import shipped, stored
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.edition import CURRENT, Edition
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.explain import Explainer
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.files import read_content
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import Selection, select
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint, Origin
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import parse
from markdown_it import MarkdownIt
from measure import Figure, Spread, on_processor, side_by_side
from patterns import texts

from playbooks import OURS, Playbooks

ROWS = (10_000, 30_000, 100_000)
ENDPOINTS = 1_000_000
ASKED = 5_000
MICROSECONDS = 50
TENANT = "contoso"


# -- loading -----------------------------------------------------------------------------------------------------


def loading() -> list[Figure]:
    """Return the figures of loading each source and looking its endpoints up once, against parsing them as JSON."""
    return [_loading(source) for source in ("managed_desktop", "microsoft365")]


def _loading(source: str) -> Figure:
    facts = json.dumps(select([source], tenant=TENANT).to_dicts())
    edition = shipped.load(source)
    compact = stored.dump(edition)
    loaded = _loaded_by(source)
    if loaded != [edition.id]:
        raise RuntimeError(f"looking up {source} loaded {', '.join(loaded)}")

    def ours() -> None:
        shipped._load.cache_clear()
        select([source], tenant=TENANT).to_dicts()

    works = {"ours": ours, "peer": lambda: json.loads(facts), "compact": lambda: json.loads(compact)}
    found = side_by_side({name: on_processor(work) for name, work in works.items()}, 101)
    times = found["ours"].median / found["compact"].median
    return Figure(
        f"load-{source}",
        f"loading `{source}` and looking its {len(json.loads(facts)):,} endpoints up once, in process",
        "`json.loads` of the same endpoints",
        "at_most",
        10,
        found["ours"],
        found["peer"],
        ansible_inside=False,
        note=f"no other edition is read; the shipped file says each fact of a row once, and ours is {times:.0f} times "
        "`json.loads` of that",
    )


def _loaded_by(source: str) -> list[str]:
    """Return the ids of the editions that a look-up in one source reads."""
    read: list[str] = []
    original = stored.load

    def noted(text: str) -> Edition:
        edition = original(text)
        read.append(edition.id)
        return edition

    shipped._load.cache_clear()
    stored.load = noted
    try:
        select([source], tenant=TENANT)
    finally:
        stored.load = original
    return read


# -- the lookup in a play ------------------------------------------------------------------------------------------


def everything() -> list[t.Any]:
    """Every source, with each of its clouds."""
    return [
        {"source": source, "instance": cloud} if cloud else source
        for source in shipped.sources()
        for cloud in shipped.instances(source) or [None]
    ]


def in_a_play(directory: Path) -> list[Figure]:
    """Return the figure of the largest selection, as whole playbooks."""
    playbooks = Playbooks(directory)
    endpoints = select(everything(), tenant=TENANT).to_dicts()
    finished = directory / "endpoints.json"
    finished.write_text(json.dumps(endpoints), encoding="utf-8")
    terms = ", ".join(map(repr, everything()))
    ways = {
        "ours": f"{{{{ query('{OURS}.endpoints', {terms}, tenant='{TENANT}') }}}}",
        "peer": f"{{{{ lookup('ansible.builtin.file', '{finished}') | from_json }}}}",
    }
    check = [{"ansible.builtin.assert": {"that": f"found | length == {len(endpoints)}"}}]
    works = {
        name: playbooks.work(playbooks.write(f"lookup-{name}", "localhost", check, vars={"found": way}), 0)
        for name, way in ways.items()
    }
    found = side_by_side(works, 15)
    return [
        Figure(
            "lookup-play",
            f"the lookup `endpoints` of all sources and clouds, {len(endpoints):,} endpoints, in a play",
            "`ansible.builtin.file` and `from_json` of the finished list",
            "at_most",
            1.3,
            found["ours"],
            found["peer"],
            ansible_inside=True,
        )
    ]


# -- importing -----------------------------------------------------------------------------------------------------


def page(rows: int) -> str:
    """A Markdown page as the documents are written, with two names in each row."""
    lines = ["| Service | Endpoints | Documentation |", "| --- | --- | --- |"]
    lines += [
        f"| Service {row % 40} | n{row}.s{row % 997}.example<br>\\*.w{row}.example "
        f"| [Page {row % 40}](https://docs.example/{row % 40}) |"
        for row in range(rows)
    ]
    return "\n".join(lines) + "\n"


def importing() -> tuple[list[Figure], list[dict[str, t.Any]]]:
    """Return the figures of importing Markdown, and how time grows with the number of rows."""
    spreads: dict[int, dict[str, Spread]] = {}
    for rows in ROWS:
        text = page(rows)
        content = text.encode()
        blank = Edition("page.md", "bench", CURRENT)
        if len(read_content("page.md", content, "markdown", blank).entries) != 2 * rows:
            raise RuntimeError(f"not every name of {rows} rows was imported")

        def ours(content: bytes = content, blank: Edition = blank) -> None:
            read_content("page.md", content, "markdown", blank)

        def peer(text: str = text) -> None:
            MarkdownIt("commonmark").enable("table").parse(text)

        works = {"ours": on_processor(ours), "peer": on_processor(peer)}
        spreads[rows] = side_by_side(works, 3, {"ours": _collect, "peer": _collect})
    most, least = spreads[ROWS[-1]], spreads[ROWS[0]]
    times = ROWS[-1] // ROWS[0]
    figures = [
        Figure(
            "import-markdown",
            f"importing {ROWS[-1]:,} rows of Markdown, two names in each",
            "`markdown-it-py` parsing the page",
            "at_most",
            1.0,
            most["ours"],
            most["peer"],
            ansible_inside=False,
        ),
        Figure(
            "import-linear",
            f"importing {ROWS[-1]:,} rows of Markdown",
            f"{times} times importing {ROWS[0]:,} rows",
            "at_most",
            1.3,
            most["ours"],
            Spread(tuple(value * times for value in least["ours"].values)),
            ansible_inside=False,
        ),
    ]
    growth = [
        {
            "rows": rows,
            "import_microseconds_each": round(found["ours"].median / rows * 1e6, 2),
            "markdown_it_microseconds_each": round(found["peer"].median / rows * 1e6, 2),
        }
        for rows, found in spreads.items()
    ]
    return figures, growth


def _collect() -> None:
    gc.collect()


# -- explaining ----------------------------------------------------------------------------------------------------


def explaining() -> list[Figure]:
    """Return the figures of explaining names that a million endpoints allow, and names that none allows."""
    written = texts(ENDPOINTS)
    begun = time.perf_counter()
    origin = Origin("own.txt", "sha256-0", 1)
    sample = Endpoint(host=parse("a.example"), tcp_ports=((443, 443),), sources=(origin,))
    explainer = Explainer(Selection(tuple([sample.named(parse(text)) for text in written]), (), (), ()))
    chosen = [text.replace("*.", "x.") for text in random.Random(1).sample(written, 2 * ASKED)]
    asked = {
        "allowed": chosen[:ASKED],
        "mistyped": [f"{name.removesuffix('.example')}0.example" for name in chosen[:ASKED]],
    }
    for names in (chosen[ASKED:], [f"{name.removesuffix('.example')}1.example" for name in chosen[ASKED:]]):
        for name in names:  # what the first questions sort belongs to loading
            explainer.explain(name)
    loading_took = time.perf_counter() - begun
    gc.collect()
    gc.freeze()  # a million endpoints are no garbage, and the collector need not look at them again
    try:
        return [_explaining(explainer, kind, names, loading_took) for kind, names in asked.items()]
    finally:
        gc.unfreeze()


def _explaining(explainer: Explainer, kind: str, names: list[str], loading_took: float) -> Figure:
    said = [explainer.explain(name) for name in names]
    wrong = [item["asked"] for item in said if item["allowed"] != (kind == "allowed")]
    if wrong:
        raise RuntimeError(f"{len(wrong)} names are not {kind}, such as {wrong[0]}")

    def ours() -> None:
        for name in names:
            explainer.explain(name)

    found = side_by_side({"ours": on_processor(ours)}, 5)["ours"]
    each = found.median / len(names) * 1e6
    return Figure(
        f"explain-{kind}",
        f"explaining {len(names):,} {kind} names among {ENDPOINTS:,} endpoints, after loading",
        f"{MICROSECONDS} µs a name",
        "at_most",
        1.0,
        found,
        Spread((MICROSECONDS * 1e-6 * len(names),)),
        ansible_inside=False,
        note=f"{each:.0f} µs a name; making the endpoints and what the first questions sort takes {loading_took:.1f} s",
    )
