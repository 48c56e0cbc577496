# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures for people: a Markdown table made from the JSON, and lines on the terminal."""

from __future__ import annotations

import typing as t

HEAD = """\
<!--
SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
SPDX-License-Identifier: GPL-3.0-or-later
Made by ./run bench from measured.json; not to be edited.
-->
# Measured

Each figure is a ratio of two things that took turns on the same machine in the same run: the median of the
repetitions, with the least and the greatest in brackets.

"""


def ratio_text(figure: t.Mapping[str, t.Any]) -> str:
    """Return the measured ratio with its spread."""
    ratio = figure["ratio"]
    digits = 2 if ratio["median"] < 10 else 0
    low, middle, high = (f"{ratio[key]:,.{digits}f}" for key in ("min", "median", "max"))
    return f"{middle} ({low} to {high})"


def target_text(figure: t.Mapping[str, t.Any]) -> str:
    """Return the target in words."""
    if figure["sense"] == "at_most":
        return f"at most {figure['target']}"
    return f"at least {figure['target']} times faster"


def line(figure: t.Mapping[str, t.Any]) -> str:
    """Return one figure as a line for the terminal."""
    verdict = "met   " if figure["met"] else "MISSED"
    return f"{verdict} {ratio_text(figure):24} {target_text(figure):28} {figure['title']} / {figure['peer']}"


BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def into_readme(readme: str, document: t.Mapping[str, t.Any]) -> str:
    """Return the README with the table of all figures between its two marks."""
    before, _begin, rest = readme.partition(BEGIN)
    _table, _end, after = rest.partition(END)
    rows = [
        f"| {figure['title']} | {figure['peer']} | {target_text(figure)} | {ratio_text(figure)} "
        f"| {'met' if figure['met'] else '**missed**'} |\n"
        for figure in document["figures"]
    ]
    head = "| what | against | target | measured | |\n|---|---|---|---|---|\n"
    return f"{before}{BEGIN}\n\n{head}{''.join(rows)}\n{END}{after}"


def markdown(document: t.Mapping[str, t.Any]) -> str:
    """Return the table of all figures with how they were measured."""
    machine = document["machine"]
    measured_on = (
        f"Measured last on {machine['cpus']} cores ({machine['model']}), {machine['system']}, Python "
        f"{machine['python']}, ansible-core {machine['ansible']}, Squid {machine['squid']}.\n\n"
    )
    parts = [
        HEAD,
        measured_on,
        "| what | against | target | measured | | seconds, ours / theirs | Ansible's start | on |\n",
        "|---|---|---|---|---|---|---|---|\n",
    ]
    for figure in document["figures"]:
        seconds = figure["seconds"]
        cells = [
            figure["title"],
            figure["peer"],
            target_text(figure),
            ratio_text(figure),
            "met" if figure["met"] else "**missed**",
            f"{seconds['ours']['median']:,.2f} / {seconds['peer']['median']:,.2f}",
            "inside both" if figure["ansible_start_inside"] else "not inside",
            figure["date"],
        ]
        parts.append(f"| {' | '.join(cells)} |\n")
    parts.append("\n## Notes\n\n")
    parts += [
        f"- {figure['title']}, against {figure['peer']}: {figure['note']}.\n"
        for figure in document["figures"]
        if figure["note"]
    ]
    parts += [
        f"- Missed: {figure['title']}, against {figure['peer']}. {figure['reason']}\n"
        for figure in document["figures"]
        if not figure["met"]
    ]
    parts += _growth(document)
    return "".join(parts)


def _growth(document: t.Mapping[str, t.Any]) -> list[str]:
    parts = ["\n## How `minimise` grows\n\n"]
    parts.append(
        "| patterns | `minimise`, µs each | bare parent-walk, µs each | parsing, µs each |\n|---|---|---|---|\n"
    )
    for row in document.get("minimise_growth", ()):
        parts.append(
            f"| {row['patterns']:,} | {row['minimise_microseconds_each']:.2f} "
            f"| {row['parent_walk_microseconds_each']:.2f} | {row['parse_microseconds_each']:.2f} |\n"
        )
    parts.append(
        "\n## How compiling grows\n\n| dialect | 10,000 endpoints, µs each | 100,000, µs each |\n|---|---|---|\n"
    )
    for row in document.get("compile_growth", ()):
        large = row.get("microseconds_each_100000")
        parts.append(
            f"| {row['dialect']} | {row['microseconds_each_10000']:.1f} "
            f"| {f'{large:.1f}' if large else 'refused: larger than browsers take'} |\n"
        )
    parts.append("\n## How importing Markdown grows\n\n")
    parts.append("| rows | importing, µs each | `markdown-it-py`, µs each |\n|---|---|---|\n")
    for row in document.get("import_growth", ()):
        parts.append(
            f"| {row['rows']:,} | {row['import_microseconds_each']:.1f} "
            f"| {row['markdown_it_microseconds_each']:.1f} |\n"
        )
    return parts + _fleet(document.get("fleet_growth", ()))


def _fleet(rows: t.Sequence[t.Mapping[str, t.Any]]) -> list[str]:
    if not rows:
        return []
    return [
        "\n## What a fleet costs\n\n",
        "One run each, with Ansible's own start; memory is the most that it had.\n\n",
        "| run | appliances | seconds | MB |\n|---|---|---|---|\n",
        *(
            f"| {row['run']} | {row['appliances']:,} | {row['seconds']:.0f} | {row['megabytes']:.0f} |\n"
            for row in rows
        ),
    ]
