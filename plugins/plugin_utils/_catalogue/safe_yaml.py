# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's YAML, read so that no document can exhaust the loader, and with the lines that faults stand in."""

from __future__ import annotations

import re
import typing as t

import yaml
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import (
    CatalogueError,
    Fault,
    FileFaults,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.tables import lines_of

# Safe loaders both; the one in C is ten times faster, and not built everywhere.
_LOADER: t.Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_DEPTH: t.Final = 12
_BARE_STAR = re.compile(r"(?:^|[\s,\[-])\*")

Path = tuple[str | int, ...]
"""The keys and indexes that lead to a node."""


def load_yaml(text: str) -> t.Any:
    """Return the plain data that the YAML document holds.

    Raises:
        CatalogueError: it is no YAML, nests deeper than any list needs, has aliases, or gives a key twice.
    """
    try:
        _guard(text)
        return yaml.load(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise FileFaults("The YAML document", [_yaml_fault(text, error)]) from error
    except (ValueError, RecursionError) as error:
        # A date such as 2026-99-99 fails while it is constructed.
        raise CatalogueError(f"The YAML document has a value that cannot be read: {error}.") from error


def _yaml_fault(text: str, error: yaml.YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        # The reader refuses characters before there are lines; the first that cannot be shown is the one.
        odd = next((at for at, character in enumerate(text) if character < " " and character not in "\t\r\n"), 0)
        return Fault(
            f"line {text.count(chr(10), 0, odd) + 1}",
            "a character that YAML does not take, such as a control character",
        )
    line = lines_of(text)[mark.line] if mark.line <= text.count("\n") else ""
    hint = "; a name that begins with a star needs quotes in YAML" if _BARE_STAR.search(line) else ""
    # What the loader tells may repeat what stands in the file.
    problem = ascii(getattr(error, "problem", None) or "it cannot be read")[1:-1]
    return Fault(f"line {mark.line + 1}", f"{problem}{hint}")


def _guard(text: str) -> None:
    """Refuse what could exhaust the loader: deep nesting ends the process, aliases multiply. And keys given twice."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            raise _refusal("aliases are not taken here", event)
        if depth > _MAX_DEPTH:
            raise _refusal(f"nested more than {_MAX_DEPTH} deep", event)
    _refuse_doubled_keys(yaml.compose(text, Loader=_LOADER))


def _refusal(problem: str, event: yaml.Event) -> yaml.MarkedYAMLError:
    # The C loader's mark is a class of its own with the same fields, which the types do not know.
    return yaml.MarkedYAMLError(problem=problem, problem_mark=t.cast(yaml.Mark, event.start_mark))


def _refuse_doubled_keys(node: yaml.Node | None) -> None:
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key is no plain text", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value!r} is given twice", problem_mark=key.start_mark)
            seen.add(key.value)
            _refuse_doubled_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_doubled_keys(value)


def lines_at(text: str, paths: list[Path]) -> list[int | None]:
    """Return the line of the node at each path; only faults need it, so the text is read once more for them."""
    if not paths:
        return []
    root = yaml.compose(text, Loader=_LOADER)
    found: list[int | None] = []
    for path in paths:
        node = root
        for step in path:
            if isinstance(node, yaml.MappingNode):
                node = next((value for key, value in node.value if key.value == step), None)
            elif isinstance(node, yaml.SequenceNode):
                node = node.value[step]
        found.append(node.start_mark.line + 1 if node is not None else None)
    return found
