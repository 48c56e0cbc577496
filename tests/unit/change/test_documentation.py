# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible_collections.managed_desktop.network.plugins.doc_fragments.change import ModuleDocFragment
from ansible_collections.managed_desktop.network.plugins.module_utils._change_options import (
    PLAN_OPTIONS,
    ROLLOUT_OPTIONS,
)
from ansible_collections.managed_desktop.network.plugins.modules import change_plan, change_rollout


@pytest.mark.parametrize(("module", "options"), [(change_plan, PLAN_OPTIONS), (change_rollout, ROLLOUT_OPTIONS)])
def test_the_documentation_of_a_module_is_its_argument_spec(module: t.Any, options: t.Any) -> None:
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    documented |= yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    for option in documented.values():
        assert option.pop("description")
    assert documented == options
