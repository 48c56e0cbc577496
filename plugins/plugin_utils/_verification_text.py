# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A verification report as text for people, as JSON, and as JUnit XML."""

from __future__ import annotations

import json
import textwrap
import typing as t
import xml.etree.ElementTree as ET

from ansible_collections.managed_desktop.network.plugins.plugin_utils._edition_status import told
from ansible_collections.managed_desktop.network.plugins.plugin_utils._text_table import table

Plain = t.Mapping[str, t.Any]

_TLS_ROW: t.Final = "TLS 1.2"
_UNPROBED_SHOWN: t.Final = 10
"""For each reason; the other forms of the report have all."""
_TLS_CELLS: t.Final = {True: "passes", False: "BROKEN", None: "unknown"}
_VERDICTS: t.Final = {
    True: "Everything that was asked for is as it should be.",
    False: "Not as it should be: see the failures.",
    None: "Not proved: see what is unknown.",
}


def to_json(report: Plain) -> str:
    """Return the report as JSON, indented, with sorted keys and a final newline."""
    return json.dumps(report, indent=2, sort_keys=True) + "\n"


def to_text(report: Plain) -> str:
    """Return one table, service by test host, then each failure and each unknown with layer, cause and remedy."""
    parts = [*([f"Of {told(report['editions'])}."] if report["editions"] else []), _table(report)]
    for title, entries in (("Failed", report["failures"]), ("Unknown, not green", report["unknowns"])):
        if entries:
            parts.append("\n".join([f"{title}:", *(_entry(entry) for entry in entries)]))
    broken = [_floor(host, floor) for host, floor in report["tls_floor"].items() if floor["passed"] is not True]
    if broken:
        parts.append("\n".join(["TLS 1.2:", *broken]))
    if report["not_run"]:
        parts.append("\n".join(["Not run:", *(f"  {host}: {why}" for host, why in report["not_run"].items())]))
    if report["unprobed"]:
        parts.append("\n".join(["Not probed:", *_unprobed(report["unprobed"])]))
    return "\n\n".join([*parts, _VERDICTS[report["passed"]]]) + "\n"


def _unprobed(items: t.Iterable[Plain]) -> t.Iterator[str]:
    """Yield a line for each reason, with its endpoints, or the first of them and how many there are."""
    by_reason: dict[str, list[str]] = {}
    for item in items:
        by_reason.setdefault(item["reason"], []).append(item["endpoint"])
    for reason in sorted(by_reason):
        endpoints = by_reason[reason]
        more = len(endpoints) - _UNPROBED_SHOWN
        shown = ", ".join(endpoints[:_UNPROBED_SHOWN]) + (f" and {more} more" if more > 0 else "")
        yield _indented(f"{reason}: {shown}", 2)


def _table(report: Plain) -> str:
    hosts = report["hosts"]
    rows = [["service", *hosts]]
    for row in report["table"]:
        rows.append([row["service"], *(_cell(row["hosts"].get(host)) for host in hosts)])
    if report["tls_floor"]:
        floors = report["tls_floor"]
        rows.append([_TLS_ROW, *(_TLS_CELLS[floors[host]["passed"]] if host in floors else "-" for host in hosts)])
    return "\n".join(table(rows))


def _cell(counts: t.Mapping[str, int] | None) -> str:
    if counts is None:
        return "-"
    extra = [f"{counts[name]} {name}" for name in ("failed", "unknown") if counts[name]]
    return ", ".join([f"{counts['passed']}/{counts['total']}", *extra])


def _entry(entry: Plain) -> str:
    wanted = "allowed" if entry["expect"] == "allowed" else "refused"
    services = f" ({', '.join(entry['services'])})" if entry["services"] else ""
    stands_for = f", a made-up name for {entry['pattern']}" if entry["made_up"] else ""
    path = entry["path"] if entry["path"] != "/" else ""
    return "\n".join(
        [
            f"  {entry['test_host']}: {entry['target']}{path} should be {wanted}{services}{stands_for}",
            _indented(f"{entry['layer']}: {entry['cause']}: {entry['said']}"),
            _indented(f"remedy: {entry['remedy']}"),
        ]
    )


def _floor(host: str, floor: Plain) -> str:
    lines = [f"  {host}: {floor['said']}"]
    if floor.get("remedy"):
        lines.append(_indented(f"remedy: {floor['remedy']}"))
    lines += [_indented(f"on {platform}: {how}") for platform, how in floor.get("how_to", {}).items()]
    return "\n".join(lines)


def _indented(text: str, columns: int = 6) -> str:
    first, then = " " * columns, " " * (columns + 2)
    return textwrap.fill(
        text, 110, initial_indent=first, subsequent_indent=then, break_long_words=False, break_on_hyphens=False
    )


def to_junit(report: Plain) -> str:
    """Return JUnit XML: a suite for each test host, a case for each subject; unknown is an error, never a pass."""
    root = ET.Element("testsuites", name="reachability")
    for host in report["hosts"]:
        suite = ET.SubElement(root, "testsuite", name=for_xml(host))
        for subject in report["subjects"]:
            if subject["test_host"] == host:
                _case(suite, subject)
        floor = report["tls_floor"].get(host)
        if floor is not None:
            case = _new_case(suite, _TLS_ROW, f"TLS 1.2 to {floor['reference']}", 0.0)
            _outcome(case, floor["passed"], "tls_floor", floor["said"], floor.get("remedy", ""))
        if host in report["not_run"]:
            case = _new_case(suite, "reachability_info", "the probes run", 0.0)
            _outcome(case, None, "not_run", report["not_run"][host], "")
        for attribute, found in (("tests", "testcase"), ("failures", ".//failure"), ("errors", ".//error")):
            suite.set(attribute, str(len(suite.findall(found))))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ET.Element, subject: Plain) -> None:
    wanted = "allowed" if subject["expect"] == "allowed" else "refused"
    name = f"{' or '.join(subject['targets'])} is {wanted}"
    case = _new_case(suite, ", ".join(subject["services"]), name, subject["milliseconds"] / 1000)
    entries = subject["entries"]
    causes = ", ".join(dict.fromkeys(entry["cause"] for entry in entries))
    said = "; ".join(f"{entry['layer']}: {entry['said']}" for entry in entries)
    remedies = " ".join(dict.fromkeys(entry["remedy"] for entry in entries))
    _outcome(case, subject["passed"], causes, said, remedies)


def _new_case(suite: ET.Element, classname: str, name: str, seconds: float) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=for_xml(classname), name=for_xml(name), time=f"{seconds:.3f}")


def _outcome(case: ET.Element, passed: bool | None, kind: str, message: str, remedy: str) -> None:
    if passed is not True:
        found = ET.SubElement(case, "failure" if passed is False else "error", type=kind, message=for_xml(message))
        found.text = for_xml(remedy)


def for_xml(text: str, keep: str = "") -> str:
    """Return text without what XML 1.0 cannot carry: the control characters, even as references; but for `keep`."""
    return "".join(char if char.isprintable() or char in keep else ascii(char)[1:-1] for char in text)
