# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The evidence of a change as one page: it asks nothing of any network, runs nothing, and shows foreign text as text.

The page forbids itself, by its own policy, everything but its one style sheet. So what somebody managed to write into a
name could not run even if it became markup; and it does not, since everything is escaped.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import typing as t
from pathlib import Path

import jinja2
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import report_view
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import Plain
from markupsafe import Markup

_PAGE: t.Final = Path(__file__).with_name("page")


def render(evidence: Plain, sha256: str) -> str:
    """Return the page on `evidence`, as `evidence.assemble` returns it; `sha256` is the digest of its file."""
    styles = _styles()
    policy = base64.b64encode(hashlib.sha256(styles.encode()).digest()).decode("ascii")
    view = report_view.of(evidence)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(evidence=evidence, view=view, sha256=sha256, styles=Markup(styles), style_digest=Markup(policy))
    )


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_PAGE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        moment=report_view.moment,
        clock=report_view.clock,
        lasted=report_view.lasted,
        few=report_view.few,
        counted=report_view.counted,
    )
    return environment


@functools.cache
def _styles() -> str:
    """Return the style sheet without its comments."""
    text = (_PAGE / "report.css").read_text(encoding="utf-8")
    while "/*" in text:
        before, _sep, rest = text.partition("/*")
        text = before + rest.partition("*/")[2].lstrip("\n")
    return text.strip()


def _shown(value: t.Any) -> t.Any:
    """Return what is to be escaped and shown: characters that cannot be seen, or turn a line round, by their number."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return "" if value is None else value
    if value.isprintable():
        return value
    return "".join(char if char.isprintable() or char == "\n" else ascii(char)[1:-1] for char in value)
