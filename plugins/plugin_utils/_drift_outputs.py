# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report on drift for machines: as JUnit XML, and as metrics that the node exporter of Prometheus collects. Pure."""

from __future__ import annotations

import datetime
import typing as t
import xml.etree.ElementTree as ET

from ansible_collections.managed_desktop.network.plugins.plugin_utils._drift import DRIFTED, SILENT, Plain
from ansible_collections.managed_desktop.network.plugins.plugin_utils._verification_text import for_xml


def to_junit(report: Plain) -> str:
    """Return JUnit XML: a case for each appliance. One that is not known is an error, and so is a damaged memory."""
    root = ET.Element("testsuites", name="drift")
    suite = ET.SubElement(root, "testsuite", name="drift", timestamp=report["looked_at"].rstrip("Z"))
    for name, found in report["appliances"].items():
        case = ET.SubElement(suite, "testcase", classname="drift", name=for_xml(name))
        if found["state"] in SILENT:
            ET.SubElement(case, "error", type=found["state"], message=for_xml(found["message"]))
        elif found["state"] == DRIFTED:
            outcome = ET.SubElement(case, "failure", type=found.get("kind", DRIFTED), message=for_xml(_told(found)))
            outcome.text = for_xml(_entries(found), keep="\n")
    for place, text in enumerate(report["damaged"], 1):
        case = ET.SubElement(suite, "testcase", classname="memory", name=f"damaged {place}")
        ET.SubElement(case, "error", type="damaged", message=for_xml(text))
    for attribute, kind in (("tests", "testcase"), ("failures", ".//failure"), ("errors", ".//error")):
        suite.set(attribute, str(len(suite.findall(kind))))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _told(found: Plain) -> str:
    parts = [f"{found['missing']['count']} missing", f"{found['foreign']['count']} foreign"]
    if found["not_running"]:
        parts.append("the stored list is not the running one")
    if found.get("first_seen"):
        parts.append(f"since {found['first_seen']}")
    if found.get("whose"):
        parts.append(f"it holds the list of: {found['whose']['text']}")
    return ", ".join(parts)


def _entries(found: Plain) -> str:
    lines = []
    for side in ("missing", "foreign"):
        for entries in found[side]["by_service"].values():
            lines += [f"{side}: {entry}" for entry in entries]
    return "\n".join(lines)


class _Metric(t.NamedTuple):
    name: str
    help: str
    value: t.Callable[[Plain], float | None]


_METRICS: t.Final = (
    _Metric(
        "allowlist_drift_known",
        "Whether the appliance told what it holds.",
        lambda found: float(found["state"] not in SILENT),
    ),
    _Metric(
        "allowlist_drift",
        "Whether the appliance holds another list than it should; absent where it is not known.",
        lambda found: None if found["state"] in SILENT else float(found["state"] == DRIFTED),
    ),
    _Metric(
        "allowlist_drift_missing_entries",
        "How many entries of the list the appliance lacks.",
        lambda found: _count(found, "missing"),
    ),
    _Metric(
        "allowlist_drift_foreign_entries",
        "How many entries the appliance has that are not of the list.",
        lambda found: _count(found, "foreign"),
    ),
    _Metric(
        "allowlist_drift_first_seen_timestamp_seconds",
        "When the drift that lasts was first seen.",
        lambda found: _seconds(found["first_seen"]) if found.get("first_seen") and _lasts(found) else None,
    ),
)


def to_metrics(report: Plain) -> str:
    """Return the metrics in the text format of Prometheus."""
    lines = []
    for metric in _METRICS:
        values = ((name, metric.value(found)) for name, found in report["appliances"].items())
        samples = [
            f'{metric.name}{{appliance="{_label(name)}"}} {value:.0f}' for name, value in values if value is not None
        ]
        if samples:
            lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} gauge", *samples]
    last = "allowlist_drift_last_run_timestamp_seconds"
    lines += [f"# HELP {last} When the appliances were last looked at.", f"# TYPE {last} gauge"]
    lines.append(f"{last} {_seconds(report['looked_at']):.0f}")
    return "\n".join(lines) + "\n"


def _count(found: Plain, side: str) -> float | None:
    if found["state"] in SILENT:
        return None
    return float(found[side]["count"] if found["state"] == DRIFTED else 0)


def _lasts(found: Plain) -> bool:
    return found["state"] == DRIFTED or found["state"] in SILENT


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _seconds(moment: str) -> float:
    return datetime.datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc).timestamp()
