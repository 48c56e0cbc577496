# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make docs/capabilities.md: python -m tools.capabilities

What becomes of an endpoint is computed: a sample of each kind is compiled by each dialect, and the page has the result
and what the dialect says of it. What else a platform does stands in `capability_facts`, each cell with its source.
"""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact, Loss
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint
from ansible_collections.managed_desktop.network.plugins.plugin_utils._markdown_text import code, prose, table

from tools.capability_dialects import DIALECTS, Dialect
from tools.capability_facts import ASPECTS, FACTS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "capabilities.md"
_HEAD = """\
<!--
SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
SPDX-License-Identifier: GPL-3.0-or-later
Made by tools/capabilities.py from the dialects and from tools/capability_facts.py; not to be edited.
-->

# What each platform can do

The first tables are computed: a sample of each kind was compiled alone by each dialect. **exact**: the entry means what
the endpoint says. *widened*: it lets more through, of the same owner, or else it stops the run. *narrowed* and
*unsupported* stop the run. What stops goes on once it is accepted by name. *out of scope* is told, and stops nothing. A
number leads to what the dialect says.

Who says that a program or device matches like that, the last column tells: it was measured on the real program, or it
was read at the place that is named, and is proved nowhere."""
_ORDER: t.Final = ("unsupported", "narrowed", "widened", "out_of_scope")
_DOCUMENT = re.compile(r"[a-z-]+\.md")
_MEASURED = re.compile(r"measured: \./run ([a-z]+)")
_RESULTS: t.Final = {"bench": "measured.md", "conformance": "conformance.md", "faults": "faults.md"}
"""The pages that have what a verb of ``./run`` found last."""
_ADDRESS = re.compile(r"https://([^/]+)\S*")


class Sample(t.NamedTuple):
    """An endpoint of one kind; `properties` are the losses of a platform as a whole that are about this kind."""

    heading: str
    endpoint: t.Mapping[str, t.Any]
    properties: frozenset[str] = frozenset()


def _named(host: str, **more: t.Any) -> dict[str, t.Any]:
    return {"host": host, "service": "Sample", "tcp_ports": [443], **more}


_PORTS: t.Final = frozenset({"ports", "other_ports", "other_services"})
_BASE: t.Final = Sample("`a.example.com`", _named("a.example.com"))
PATTERNS: t.Final = (
    _BASE,
    Sample("`*.a.example.com`", _named("*.a.example.com"), frozenset({"depth"})),
    Sample("`*.*.a.example.com`", _named("*.*.a.example.com"), frozenset({"depth"})),
    Sample("`pay*.a.example.com`", _named("pay*.a.example.com"), frozenset({"depth"})),
    Sample("`b.*.a.example.com`", _named("b.*.a.example.com"), frozenset({"depth"})),
)
KINDS: t.Final = (
    Sample("TCP port 8443", _named("a.example.com", tcp_ports=[8443]), _PORTS),
    Sample("UDP port 3478", _named("a.example.com", tcp_ports=[], udp_ports=[3478])),
    Sample("`a.example.com/x`", _named("a.example.com", tcp_ports=[80], path="/x")),
    Sample("`a.example.com/x*`", _named("a.example.com", tcp_ports=[80], path="/x*")),
    Sample("`192.0.2.0/24`", {"network": "192.0.2.0/24", "service": "Sample", "tcp_ports": [443]}),
    Sample("`2001:db8::/32`", {"network": "2001:db8::/32", "service": "Sample", "tcp_ports": [443]}),
    Sample(
        "`bypass_inspection`",
        _named("a.example.com", treatments=["allow", "bypass_inspection"]),
        frozenset({"bypass_inspection", "tls_inspection"}),
    ),
    Sample(
        "`bypass_authentication`",
        _named("a.example.com", treatments=["allow", "bypass_authentication"]),
        frozenset({"bypass_authentication"}),
    ),
)


_ABOUT_A_KIND: t.Final = frozenset().union(*(sample.properties for sample in (*PATTERNS, *KINDS)))
_NAMES_OF_SAMPLES = re.compile(r" \([^()]*a\.example\.com[^()]*\)$")


class Notes:
    """What dialects say, numbered as it comes up, each text once."""

    def __init__(self) -> None:
        """No note yet."""
        self.texts: dict[str, int] = {}

    def mark(self, losses: t.Iterable[Loss]) -> str:
        """Return the numbers of what is said of losses."""
        texts = sorted({_NAMES_OF_SAMPLES.sub("", loss.detail) for loss in losses})
        numbers = sorted({self.texts.setdefault(text, len(self.texts) + 1) for text in texts})
        return ", ".join(f"[{number}](#note-{number})" for number in numbers)

    def listed(self) -> str:
        """Return all notes."""
        return "\n".join(f'{number}. <a id="note-{number}"></a>{prose(text)}' for text, number in self.texts.items())


def compiled(dialect: Dialect, sample: Sample) -> Artefact:
    """Return a sample as a dialect compiles it, alone."""
    return dialect.compile([Endpoint.from_dict(dict(sample.endpoint))])


def losses_of(dialect: Dialect, sample: Sample) -> list[Loss]:
    """Return what is lost of a sample, without what a platform loses of every endpoint, or of those of other kinds."""
    elsewhere = {loss.prop for loss in compiled(dialect, _BASE).losses if loss.prop} | _ABOUT_A_KIND
    return [
        loss
        for loss in compiled(dialect, sample).losses
        if not loss.prop or loss.prop in sample.properties or loss.prop not in elsewhere
    ]


def result_of(dialect: Dialect, sample: Sample) -> str:
    """Return ``exact``, or the gravest result of a sample's losses."""
    results = {loss.result for loss in losses_of(dialect, sample)}
    return next((result for result in _ORDER if result in results), "exact")


def page() -> str:
    """Return the page."""
    notes = Notes()
    parts = [_HEAD, "## Patterns", _computed(PATTERNS, notes)]
    parts += ["## Ports, paths, networks and treatments", _computed(KINDS, notes)]
    parts += ["## Told once for the whole list", _properties(notes)]
    parts += ["## What the dialects say", notes.listed()]
    for aspect, title in ASPECTS.items():
        rows = [
            [prose(name), prose(facts[aspect].text), _sources(facts[aspect].sources)] for name, facts in FACTS.items()
        ]
        parts += [f"## {title}", table(["Platform", "What", "Source"], rows)]
    return "\n\n".join(parts) + "\n"


def _computed(samples: t.Sequence[Sample], notes: Notes) -> str:
    rows = []
    for dialect in DIALECTS:
        cells = [_cell(dialect, sample, notes) for sample in samples]
        rows.append([prose(dialect.name), *cells, _sources(dialect.sources)])
    return table(["Platform", *(sample.heading for sample in samples), "Source"], rows)


def _cell(dialect: Dialect, sample: Sample, notes: Notes) -> str:
    losses = losses_of(dialect, sample)
    result = result_of(dialect, sample).replace("_", " ")
    if any(loss.stops and loss.result == "widened" for loss in losses):
        result += ", stops"
    mark = notes.mark(losses)
    return f"{result} {mark}" if mark else f"**{result}**"


def _properties(notes: Notes) -> str:
    rows = []
    for dialect in DIALECTS:
        found = {
            loss.prop: loss
            for sample in (*PATTERNS, *KINDS)
            for loss in compiled(dialect, sample).losses
            if loss.prop is not None
        }
        told = [
            f"{code(name)} {loss.result.replace('_', ' ')}{', stops' * loss.stops} {notes.mark([loss])}"
            for name, loss in sorted(found.items())
        ]
        rows.append([prose(dialect.name), "<br>".join(told) or "nothing", _sources(dialect.sources)])
    return table(["Platform", "Property", "Source"], rows)


def _sources(sources: t.Iterable[str]) -> str:
    """Return sources: a page of the documentation, an address, or a verb of ``./run`` that measures."""
    return ", ".join(map(_source, sources))


def _source(source: str) -> str:
    if _DOCUMENT.fullmatch(source):
        return f"[{source}]({source})"
    address = _ADDRESS.fullmatch(source)
    if address:
        return f"[{address[1]}]({source})"
    verb = _MEASURED.fullmatch(source)
    if verb:
        shown = f"`./run {verb[1]}`"
        return f"measured: [{shown}]({_RESULTS[verb[1]]})" if verb[1] in _RESULTS else f"measured: {shown}"
    raise ValueError(f"{source!r} is neither a page of docs/, nor an https address, nor 'measured: ./run VERB'")


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written: {PAGE}")


if __name__ == "__main__":
    main()
