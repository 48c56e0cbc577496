# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of every appliance share: calling it on a host of a lab as the module would, and seeing its files."""

from __future__ import annotations

import abc
import json
import re
import shutil
import subprocess
import typing as t
from pathlib import Path

import ansible.module_utils
from ansible_collections.managed_desktop.network.plugins.module_utils import _reconcile
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint

from lab import Lab

CODE = "/run/allowlist-tests"
"""Where on the hosts the code under test is put: out of sight of the snapshots, and gone with the lab."""

_SEEN = ("/etc", "/var/backups", "/tmp", "/run", "/dev/shm")  # elsewhere the machine's own files may change meanwhile

Json = dict[str, t.Any]


class Refused(Exception):
    """The call failed with a message meant for people; `facts` are the rest of the result."""

    def __init__(self, message: str, facts: Json) -> None:
        super().__init__(message)
        self.facts = facts


class Killed(Exception):
    """The call died at the step at which it was told to."""


def endpoint(item: str | Json) -> Endpoint:
    """Return the endpoint that a test writes down as a name or a mapping."""
    return Endpoint.from_dict({"host": item} if isinstance(item, str) else item)


class CalledDevice(abc.ABC):
    """An appliance on the host `where` of a lab, as the collection sees it.

    `maker` and `owners` are as driver.py wants them, `options` the module's argument specification, and `own` matches
    paths of the host at which the program itself writes.
    """

    where: str
    maker: t.ClassVar[str]
    owners: t.ClassVar[dict[str, str]]
    options: t.ClassVar[Json]
    own: t.ClassVar[str] = r"(?!)"

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.host = lab.host(self.where)

    @abc.abstractmethod
    def compile(self, endpoints: t.Iterable[str | Json], params: Json) -> dict[str, Artefact]:
        """Compile as the action plugin does."""

    def params_with_defaults(self, params: Json) -> Json:
        """All parameters of the module, as AnsibleModule fills them in."""
        unknown = sorted(set(params) - set(self.options))
        assert not unknown, f"the module has no option {unknown}"
        return {**{key: option.get("default") for key, option in self.options.items()}, **params}

    # -- calling -------------------------------------------------------------------------------------------------

    def present(self, *endpoints: str | Json, accept: t.Sequence[str] = (), **options: t.Any) -> Json:
        """Set the list, in the two steps of the conversation, and return the result."""
        return self._converse(endpoints, accept, self._split(options))

    def prepared(
        self, *endpoints: str | Json, spoil: t.Callable[[Json], object] | None = None, **options: t.Any
    ) -> Json:
        """All parameters of a call that brings its list; `spoil` changes it after it was compiled."""
        params = self.params_with_defaults(options)
        compiled = next(reversed(self.compile(endpoints, params).values()))
        if spoil is not None:
            spoil(compiled.content)
        digests = dict.fromkeys(self.compile(endpoints, params), compiled.digest)
        return {**params, "needs": compiled.needs, "digests": digests, "artefact": compiled.packed()}

    def spoiled(self, spoil: t.Callable[[Json], object], *endpoints: str) -> Json:
        """Set a list that somebody changed after it was compiled, and announced as it is then."""
        return self.call(self.prepared(*endpoints, spoil=spoil))

    def absent(self, **options: t.Any) -> Json:
        """Remove the list."""
        call, params = self._split(options)
        return self.call({**params, "state": "absent"}, **call)

    def restore(self, which: str, **options: t.Any) -> Json:
        """Put a back-up back."""
        call, params = self._split(options)
        return self.call({**params, "restore": which}, **call)

    def confirm(self, **options: t.Any) -> Json:
        """Make the change that waits lasting."""
        call, params = self._split(options)
        return self.call({**params, "state": "confirmed"}, **call)

    def info(self, **params: t.Any) -> Json:
        """Read as the ``_info`` module does."""
        return self.call({**self.params_with_defaults(params), "include_entries": True}, read=True)

    def _split(self, options: Json) -> tuple[Json, Json]:
        keys = ("check", "diff", "interrupt")
        call = {key: options.pop(key) for key in keys if key in options}
        return call, self.params_with_defaults(options)

    def _converse(self, endpoints: t.Iterable[str | Json], accept: t.Sequence[str], split: tuple[Json, Json]) -> Json:
        call, params = split
        compiled = self.compile(endpoints, params)
        given = params["artefact"]
        params["needs"] = next(iter(compiled.values())).needs
        params["digests"] = {variant: artefact.digest for variant, artefact in compiled.items()}
        params["accepted_properties"] = list(accept)
        digests = set(params["digests"].values())
        # Where the variants are one, the first step of the conversation would only cost time.
        if given is None and len(digests) == 1:
            params["artefact"] = next(iter(compiled.values())).packed()
        answer = self.call(params, **call)
        if "artefact_needed" in answer:
            params["artefact"] = compiled[answer["artefact_needed"]].packed()
            answer = self.call(params, **call)
        return answer

    def call(self, params: Json, **more: t.Any) -> Json:
        """Run the appliance once and return its result; raises Refused or Killed."""
        return answer_of(self.begin(params, **more))

    def begin(
        self,
        params: Json,
        read: bool = False,
        check: bool = False,
        diff: bool = False,
        interrupt: t.Sequence[t.Any] | None = None,
        env: t.Mapping[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        """Start the appliance and return its process; `answer_of` waits for it."""
        process = self.lab.popen(
            self.where,
            ["/usr/bin/python3", "-B", f"{CODE}/driver.py"],
            env={"PYTHONPATH": CODE, **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        told = {"params": params, "read": read, "check": check, "diff": diff, "interrupt": interrupt}
        assert process.stdin is not None
        process.stdin.write(json.dumps({**told, "maker": self.maker, "owners": self.owners}))
        process.stdin.close()
        process.stdin = None
        return process

    # -- what is there -------------------------------------------------------------------------------------------

    def path(self, inside: str) -> Path:
        """A path of the host, to be opened from here."""
        return self.host.path(inside)

    def snapshot(self) -> dict[str, t.Any]:
        """Every file of the host that is not the program's own: inode, times, size, mode, and where a link points."""
        own = re.compile(rf"{CODE}|{self.own}")
        found = {}
        for top in _SEEN:
            for path in [self.path(top), *self.path(top).rglob("*")]:
                inside = "/" + str(path.relative_to(self.host.root))
                if own.match(inside):
                    continue
                at = path.lstat()
                link = str(path.readlink()) if path.is_symlink() else None
                found[inside] = (at.st_ino, at.st_mtime_ns, at.st_ctime_ns, at.st_size, at.st_mode, link)
        return found


def answer_of(process: subprocess.Popen[str]) -> Json:
    """Wait for a started appliance and return its result; raises Refused or Killed, and what it crashed of."""
    out, err = process.communicate(timeout=100)
    if process.returncode in (-9, 137):
        raise Killed
    if process.returncode:
        raise AssertionError(f"the appliance crashed:\n{err}")
    answer = json.loads(out)
    if "refused" in answer:
        raise Refused(answer["refused"], answer["facts"])
    return {**answer["result"], "seconds": answer["seconds"]}


def install(lab: Lab, hosts: t.Iterable[str], *programs: Path) -> None:
    """Put the code under test onto the hosts, as Ansible would: files of module_utils and nothing else."""
    source = Path(_reconcile.__file__).parent
    for host in hosts:
        target = lab.host(host).path(CODE)
        utils = target / "ansible_collections/managed_desktop/network/plugins/module_utils"
        shutil.copytree(source, utils, ignore=shutil.ignore_patterns("__pycache__"))
        for program in (Path(__file__).with_name("driver.py"), *programs):
            shutil.copy(program, target / program.name)


def install_ansible(lab: Lab, host: str) -> None:
    """Put Ansible's own module_utils beside the code under test, for appliances that use more than our own."""
    target = lab.host(host).path(CODE) / "ansible"
    if not target.exists():
        source = Path(ansible.module_utils.__path__[0])
        shutil.copytree(source, target / "module_utils", ignore=shutil.ignore_patterns("__pycache__", "*.ps*", "*.cs"))
        (target / "__init__.py").touch()
