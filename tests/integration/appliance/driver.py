# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run an appliance once on the host this is started on: what standard input describes, as the module would.

`maker` and `owners` name, as ``module:attribute`` below module_utils, what makes the appliance, and the classes and
modules whose steps can be interrupted. The tests start it in a host of the lab, where there is no Ansible: `run` stands
in for ``AnsibleModule.run_command``. It can be told to die at a certain step, as a run does whose host loses power, or
to wait there.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

from ansible_collections.managed_desktop.network.plugins.module_utils import _manage
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ReconcileError

UTILS = "ansible_collections.managed_desktop.network.plugins.module_utils."


def named(place):
    """Return what ``module:attribute`` names, or the module itself where it names no attribute."""
    module, _colon, attribute = place.partition(":")
    found = importlib.import_module(UTILS + module)
    return getattr(found, attribute) if attribute else found


def run(arguments, data=None, binary_data=False, environ_update=None, handle_exceptions=True):
    """Run a program as ``AnsibleModule.run_command`` does."""
    if not binary_data and data is not None:
        data = (data + "\n").encode()
    done = subprocess.run(
        arguments,
        input=data if data is not None else b"",
        capture_output=True,
        check=False,
        env={**os.environ, **(environ_update or {})},
    )
    out, err = (stream.decode("utf-8", "surrogateescape") for stream in (done.stdout, done.stderr))
    return done.returncode, out, err


def interrupt(owner, step, when, nth, action):
    """Do `action` ``before`` or ``after`` the nth call of a step, which then never goes on, or only after a while."""
    original = getattr(owner, step)
    calls = 0

    def stopped(*arguments, **keywords):
        nonlocal calls
        calls += 1
        if calls == nth and when == "before":
            act(action)
        result = original(*arguments, **keywords)
        if calls == nth and when == "after":
            act(action)
        return result

    setattr(owner, step, stopped)


def act(action):
    """Die, or say so and wait until the file that `action` names is there."""
    if action == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    pathlib.Path(action + ".reached").touch()
    while not pathlib.Path(action).exists():
        time.sleep(0.005)


def main():
    """Read the call, do it, print what came of it."""
    call = json.load(sys.stdin)
    if call.get("interrupt"):
        owner, *how = call["interrupt"]
        interrupt(named(call["owners"][owner]), *how)
    make = named(call["maker"])
    if "run" in inspect.signature(make).parameters:  # lists that are one file run no program
        make = functools.partial(make, run=run)
    begun = time.monotonic()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            if call["read"]:
                answer = {"result": _manage.report(make, call["params"])}
            else:
                answer = {"result": _manage.manage(make, call["params"], call["check"], call["diff"])}
    except ReconcileError as error:
        answer = {"refused": str(error), "facts": error.facts}
    answer["seconds"] = time.monotonic() - begun
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
