# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the Squid appliance share: calling it on the lab's proxy, asking the proxy, seeing its files."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
import typing as t
from pathlib import Path

from ansible_collections.managed_desktop.network.plugins.module_utils import _reconcile
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.options import MANAGE_OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._artefact import Artefact
from ansible_collections.managed_desktop.network.plugins.plugin_utils._dialects import squid as dialect
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint

from lab import Lab
from lab.services import Squid

CODE = "/run/allowlist-tests"
"""Where on the hosts the code under test is put: out of sight of the snapshots, and gone with the lab."""

SNIPPET = "/etc/squid/conf.d/20-allowlist-managed_desktop.conf"
LISTS = "/etc/squid/allowlist.d"
HOME = f"{LISTS}/managed_desktop"
BACKUPS = "/var/backups/managed_desktop.network/squid/managed_desktop"
_SEEN = ("/etc", "/var/backups", "/tmp", "/run", "/dev/shm")  # elsewhere the machine's own files may change meanwhile
_SQUIDS_OWN = re.compile(r"/run/(allowlist-tests|squid)|/dev/shm/squid")

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


class Device:
    """The lab's proxy as the collection sees it."""

    def __init__(self, lab: Lab, proxy: Squid) -> None:
        self.lab = lab
        self.proxy = proxy

    def compile(self, endpoints: t.Iterable[str | Json], params: Json) -> dict[str, Artefact]:
        """Compile as the action plugin does."""
        names = {field.name for field in dataclasses.fields(dialect.Options)}
        options = dialect.Options.from_dict({key: value for key, value in params.items() if key in names})
        artefact = dialect.compile([endpoint(item) for item in endpoints], options)
        return {"tls": artefact, "plain": dialect.without_tls(artefact)}

    def present(self, *endpoints: str | Json, accept: t.Sequence[str] = (), **options: t.Any) -> Json:
        """Set the list, in the two steps of the conversation, and return the result."""
        return self._converse(endpoints, accept, self._split(options))

    def spoiled(self, spoil: t.Callable[[Json], object], *endpoints: str) -> Json:
        """Set a list that somebody changed after it was compiled, and announced as it is then."""
        params = params_with_defaults({})
        compiled = self.compile(endpoints, params)["plain"]
        spoil(compiled.content)
        params.update(needs=compiled.needs, digests={"tls": compiled.digest, "plain": compiled.digest})
        return self.call({**params, "artefact": compiled.packed()})

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
        """Read as squid_allowlist_info does."""
        return self.call({**params_with_defaults(params), "include_entries": True}, read=True)

    def _split(self, options: Json) -> tuple[Json, Json]:
        keys = ("check", "diff", "interrupt")
        call = {key: options.pop(key) for key in keys if key in options}
        return call, params_with_defaults(options)

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
            params["artefact"] = compiled["tls"].packed()
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
    ) -> subprocess.Popen[str]:
        """Start the appliance and return its process; `answer_of` waits for it."""
        process = self.lab.popen(
            "proxy",
            ["/usr/bin/python3", "-B", f"{CODE}/driver.py"],
            env={"PYTHONPATH": CODE},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        told = {"params": params, "read": read, "check": check, "diff": diff, "interrupt": interrupt}
        assert process.stdin is not None
        process.stdin.write(json.dumps(told))
        process.stdin.close()
        process.stdin = None
        return process

    # -- what is there -------------------------------------------------------------------------------------------

    def path(self, inside: str) -> Path:
        """A path of the proxy, to be opened from here."""
        return self.proxy.host.path(inside)

    def directory(self) -> Path:
        """The directory of the stored list."""
        found = re.search(rf'"({LISTS}/[^/"]+/[^/"]+)/', self.path(SNIPPET).read_text())
        assert found, "no list is stored"
        return self.path(found.group(1))

    def files(self, kind: str = "names") -> list[Path]:
        """The list files of one kind."""
        return sorted(self.directory().glob(f"*-{kind}"))

    def snapshot(self) -> dict[str, t.Any]:
        """Every file of the host that is not Squid's own: inode, times, size, mode, and where a link points."""
        found = {}
        for top in _SEEN:
            for path in [self.path(top), *self.path(top).rglob("*")]:
                inside = "/" + str(path.relative_to(self.proxy.host.root))
                if _SQUIDS_OWN.match(inside):
                    continue
                at = path.lstat()
                link = str(path.readlink()) if path.is_symlink() else None
                found[inside] = (at.st_ino, at.st_mtime_ns, at.st_ctime_ns, at.st_size, at.st_mode, link)
        return found

    # -- what the proxy does -------------------------------------------------------------------------------------

    def ask(self, *questions: Json, client: str = "desk1", port: int = 3128) -> list[Json]:
        """Ask the proxy from a test host: see client.py."""
        asked = [{"via": [self.proxy.address, port], **question} for question in questions]
        done = self.lab.run(client, ["/usr/bin/python3", "-B", f"{CODE}/client.py"], input=json.dumps(asked))
        return t.cast(list[Json], json.loads(done.stdout))

    def status(self, *targets: str, login: str | None = None, port: int = 3128) -> list[int]:
        """The status for each target, a URL or host:port."""
        questions: list[Json] = [{"url" if "://" in target else "to": target} for target in targets]
        for question in questions:
            question.update({"login": login} if login else {})
        return [answer["status"] for answer in self.ask(*questions, port=port)]

    def allows(self, *names: str) -> list[bool]:
        """Whether the proxy tunnels to port 443 of each name."""
        return [status == 200 for status in self.status(*(f"{name}:443" for name in names))]


def params_with_defaults(params: Json) -> Json:
    """All parameters of the module, as AnsibleModule fills them in."""
    unknown = sorted(set(params) - set(MANAGE_OPTIONS))
    assert not unknown, f"the module has no option {unknown}"
    return {**{key: option.get("default") for key, option in MANAGE_OPTIONS.items()}, **params}


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


def install(lab: Lab) -> None:
    """Put the code under test onto the hosts, as Ansible would: files of module_utils and nothing else."""
    here = Path(__file__).parent
    source = Path(_reconcile.__file__).parent
    for host in ("proxy", "desk1", "desk2"):
        target = lab.host(host).path(CODE)
        utils = target / "ansible_collections/managed_desktop/network/plugins/module_utils"
        shutil.copytree(source, utils, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("driver.py", "client.py"):
            shutil.copy(here / name, target / name)
