# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules that sum up drift and judge denied requests, as they are documented."""

from __future__ import annotations

import json
import typing as t

import pytest
import yaml
from ansible_collections.managed_desktop.network.plugins.module_utils._change_options import DRIFT_OPTIONS
from ansible_collections.managed_desktop.network.plugins.module_utils._denied.options import ARGUMENT_SPEC
from ansible_collections.managed_desktop.network.plugins.module_utils._selection_options import SELECTION_OPTIONS
from ansible_collections.managed_desktop.network.plugins.modules import change_drift, denied_requests_info
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import ChangeError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.record import Look, record_of


@pytest.mark.parametrize(
    ("module", "options"),
    [
        (change_drift, DRIFT_OPTIONS),
        (
            denied_requests_info,
            {name: option for name, option in ARGUMENT_SPEC.items() if name not in SELECTION_OPTIONS},
        ),
    ],
)
def test_the_documentation_of_a_module_is_its_argument_spec(module: t.Any, options: t.Any) -> None:
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    for option in documented.values():
        assert option.pop("description")
    assert documented == options


def test_a_look_is_told_among_the_files_of_the_run() -> None:
    record = record_of({"corrected": False, "fail": True}, "fw1/../x", "managed_desktop.network.pac_file")
    assert isinstance(record, Look)
    assert record.path.parent.exists()
    assert "/" not in record.path.name
    with pytest.raises(ChangeError, match="corrected, fail"):
        record_of({"corrected": False}, "fw1", "managed_desktop.network.pac_file")


def test_before_native_types_a_boolean_is_text() -> None:
    given = {"corrected": "False", "fail": "True"}
    record = record_of(given, "fw1", "managed_desktop.network.pac_file")
    assert isinstance(record, Look)
    record.tell({"changed": False})
    told = json.loads(record.path.read_text())
    record.begin()
    assert (told["corrected"], told["fail"]) == (False, True)
