# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the catalogue's lookups have in common: options in, a selection out, and errors as Ansible wants them."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display
from ansible_collections.managed_desktop.network.plugins.module_utils._selection_options import (
    EDITION_OPTIONS,
    FILTER_OPTIONS,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import FindFile

display = Display()


class Answer(t.NamedTuple):
    """What a lookup gives, and what the user should know about it."""

    items: t.Sequence[t.Any]
    warnings: t.Sequence[str]


class CatalogueLookup(LookupBase):
    """A lookup into the catalogue. Each of its options is also the variable ``allowlist_<option>``.

    `terms_are` is the name under which `answer` gets the terms.
    """

    options: t.ClassVar[tuple[str, ...]] = (*EDITION_OPTIONS, *FILTER_OPTIONS)
    terms_are: t.ClassVar[str] = "sources"

    def run(self, terms: list[t.Any], variables: t.Any = None, **kwargs: t.Any) -> t.Sequence[t.Any]:
        """Return the items of the answer; its warnings are shown."""
        known = variables or {}
        self.set_options(var_options={**known, **self._own_variables(known)}, direct=kwargs)
        asked = {name: self.get_option(name) for name in self.options}
        try:
            answer = self.answer(**{self.terms_are: terms, **asked}, find_file=self._find_file(known))
        except CatalogueError as error:
            raise AnsibleError(str(error)) from error
        for warning in answer.warnings:
            display.warning(warning)
        return answer.items

    def answer(self, **asked: t.Any) -> Answer:
        """Return what the lookup gives for its terms, `find_file` and its options."""
        raise NotImplementedError

    def _own_variables(self, variables: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        # Ansible hands variables over as they were written, and options take them as they come.
        names = [name for name in (f"allowlist_{option}" for option in self.options) if name in variables]
        return {name: self._templar.template(variables[name]) for name in names}

    def _find_file(self, variables: t.Mapping[str, t.Any]) -> FindFile:
        def find(path: str) -> str:
            found = self.find_file_in_search_path(variables, "files", path, ignore_missing=True)
            if found is None:
                raise CatalogueError(f"{path}: There is no such file in the play's search path.")
            return str(found)

        return find
