# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiled lists, kept so that what was approved is what is done, whatever the catalogue says by then."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.module_utils._package import (
    Package,
    content_digest,
    pack,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeError,
    Plain,
    canonical,
    digest_of,
    read_bytes,
    write_bytes,
)

_KEYS: t.Final = {"module", "lists", "needs", "facts", "warnings"}


class Frozen(t.NamedTuple):
    """A compiled list as a plan keeps it: what a task's result says of it, and the list of each variant of device."""

    module: str
    lists: dict[str, Package]
    needs: Plain
    facts: Plain
    warnings: list[str]

    @property
    def digests(self) -> dict[str, str]:
        """The digest of each variant."""
        return {variant: content_digest(package.content) for variant, package in self.lists.items()}

    def packed(self, variant: str) -> str:
        """Return the list of a variant, for the way to a module."""
        return pack(self.lists[variant])

    def written(self) -> tuple[str, bytes]:
        """Return the name of its file, which is that of its content, and what stands in it."""
        data = {**self._asdict(), "lists": {name: package._asdict() for name, package in self.lists.items()}}
        content = canonical(data)
        return f"{self.module.rpartition('.')[2]}-{digest_of(content)[:16]}.json", content


def freeze(directory: Path, frozen: Frozen, endpoints: t.Sequence[Plain]) -> Plain:
    """Keep a compiled list and the endpoints that it was made of, once whoever asks.

    Returns:
        `list` and `endpoints`, each with its `file` in the change and its `sha256`.
    """
    name, content = frozen.written()
    chosen = canonical({"endpoints": endpoints, "editions": frozen.facts["editions"]})
    return {
        "list": _keep(directory, name, content),
        "endpoints": _keep(directory, f"endpoints-{digest_of(chosen)[:16]}.json", chosen),
    }


def _keep(directory: Path, name: str, content: bytes) -> Plain:
    write_bytes(directory / name, content)
    return {"file": f"{directory.name}/{name}", "sha256": digest_of(content)}


def thaw(reference: t.Any) -> Frozen:
    """Return the compiled list that a plan kept; `reference` has the path of its `file` and the `sha256`.

    Raises:
        ChangeError: it is not there, or not the one that was planned.
    """
    data = _read(reference)
    if set(data) != _KEYS:
        raise ChangeError(_OTHER_FORM.format(path=reference["file"]))
    lists = {name: Package(**package) for name, package in data.pop("lists").items()}
    return Frozen(lists=lists, **data)


def thaw_endpoints(reference: t.Any) -> tuple[list[Plain], list[Plain]]:
    """Return the endpoints that a plan kept, as plain data, and their editions; also as `thaw`."""
    data = _read(reference)
    if set(data) != {"endpoints", "editions"}:
        raise ChangeError(_OTHER_FORM.format(path=reference["file"]))
    return data["endpoints"], data["editions"]


_OTHER_FORM: t.Final = "{path} is of another form than this release of the collection knows. Make a new plan."


def _read(reference: t.Any) -> Plain:
    if not isinstance(reference, dict) or set(reference) != {"file", "sha256"}:
        raise ChangeError("frozen: give the file of a list that a plan kept, and its sha256.")
    path, sha256 = Path(reference["file"]), reference["sha256"]
    try:
        content = read_bytes(path)
    except FileNotFoundError as error:
        raise ChangeError(
            f"{path}, a list of this change, is gone. Restore it from where you keep your changes."
        ) from error
    if digest_of(content) != sha256:
        raise ChangeError(
            f"{path} was altered since the plan was made: it has SHA-256 {digest_of(content)}, and the plan says "
            f"{sha256}. Restore it from where you keep your changes, or make a new plan."
        )
    return t.cast(Plain, json.loads(content))
