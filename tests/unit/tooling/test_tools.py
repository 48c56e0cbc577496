# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The helpers of the nox sessions."""

from __future__ import annotations

import subprocess
import zipfile

import pytest
from ansible_collections.managed_desktop.network.tools import docs, peers, pythons, tree


def write(path, content=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


@pytest.fixture
def project(tmp_path, monkeypatch):
    root = tmp_path / "project"
    monkeypatch.setattr(tree, "PROJECT", root)
    monkeypatch.setattr(tree, "TREE", tmp_path / "copy")
    write(root / ".gitignore", "ignored\n*.pyc\n")
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    return root


def copied() -> set[str]:
    return {
        str(path.relative_to(tree.TREE))
        for path in tree.TREE.rglob("*")
        if ".git" not in path.relative_to(tree.TREE).parts and (path.is_symlink() or not path.is_dir())
    }


def test_new_files_are_copied_and_ignored_ones_are_not(project):
    write(project / "plugins" / "new.py", "1")
    write(project / "ignored", "x")
    write(project / "plugins" / "new.pyc", "x")
    tree.sync_tree()
    assert copied() == {".gitignore", "plugins/new.py"}


def test_what_vanished_from_the_project_or_grew_in_the_copy_is_removed(project):
    write(project / "a" / "b" / "gone", "1")
    tree.sync_tree()
    (project / "a" / "b" / "gone").unlink()
    write(tree.TREE / "tests" / "output" / "left.txt", "x")
    tree.sync_tree()
    assert copied() == {".gitignore"}
    assert not (tree.TREE / "a").exists()


def test_the_state_of_a_lab_that_runs_from_the_copy_is_left_alone(project):
    write(tree.TREE / ".cache" / "lab" / "state.json", "{}")
    tree.sync_tree()
    assert (tree.TREE / ".cache" / "lab" / "state.json").exists()


def test_a_tracked_file_that_was_deleted_is_not_looked_for(project):
    write(project / "tracked", "1")
    subprocess.run(["git", "-C", str(project), "add", "tracked"], check=True)
    (project / "tracked").unlink()
    tree.sync_tree()
    assert copied() == {".gitignore"}


def test_equal_files_keep_their_time_and_changed_ones_are_copied_again(project):
    write(project / "same", "1")
    write(project / "other", "1")
    tree.sync_tree()
    before = (tree.TREE / "same").stat()
    (project / "same").touch()
    write(project / "other", "2")
    tree.sync_tree()
    assert (tree.TREE / "same").stat().st_mtime_ns == before.st_mtime_ns
    assert (tree.TREE / "other").read_text(encoding="utf-8") == "2"


def test_a_file_that_becomes_executable_becomes_so_in_the_copy(project):
    write(project / "run", "#!/bin/sh\n")
    tree.sync_tree()
    (project / "run").chmod(0o755)
    tree.sync_tree()
    assert (tree.TREE / "run").stat().st_mode & 0o111


def test_links_are_copied_as_links_and_can_change_into_files_and_back(project):
    (project / "link").symlink_to("COPYING")
    write(project / "file", "1")
    tree.sync_tree()
    assert (tree.TREE / "link").is_symlink()
    (project / "link").unlink()
    write(project / "link", "now a file")
    (project / "file").unlink()
    (project / "file").symlink_to("link")
    tree.sync_tree()
    assert not (tree.TREE / "link").is_symlink()
    assert (tree.TREE / "file").is_symlink()
    assert copied() == {".gitignore", "link", "file"}


def test_a_file_that_becomes_a_directory_and_back_is_followed(project):
    write(project / "thing", "1")
    tree.sync_tree()
    (project / "thing").unlink()
    write(project / "thing" / "inner", "1")
    tree.sync_tree()
    assert copied() == {".gitignore", "thing/inner"}
    (project / "thing" / "inner").unlink()
    (project / "thing").rmdir()
    write(project / "thing", "1")
    tree.sync_tree()
    assert copied() == {".gitignore", "thing"}


def test_to_git_the_copy_holds_every_file(project):
    write(project / "plugins" / "new.py", "1")
    tree.sync_tree()
    command = ["git", "-C", str(tree.TREE), "ls-files", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert set(listed) == copied()


def test_shell_scripts_are_known_by_their_first_line(project):
    write(project / "a", "#!/bin/sh\n")
    write(project / "b", "#!/usr/bin/env bash\n")
    write(project / "c.py", "#!/usr/bin/env python\n")
    write(project / "d", "see #!/bin/sh\n")
    tree.sync_tree()
    assert [str(path) for path in tree.shell_scripts()] == ["a", "b"]


@pytest.fixture
def interpreters(tmp_path, monkeypatch):
    """Search a PATH of pyenv's shims, a virtual environment and a plain directory."""
    folders = {
        "shims": tmp_path / "pyenv" / "shims",
        "real": tmp_path / "pyenv" / "versions" / "3.12.1" / "bin",
        "venv": tmp_path / "venv" / "bin",
        "usr": tmp_path / "usr" / "bin",
    }
    write(tmp_path / "venv" / "pyvenv.cfg")
    for folder, name, content in [
        ("shims", "python3.12", "#!/bin/sh"),
        ("shims", "python3.9", "#!/bin/sh"),
        ("real", "python3.12", "\x7fELF"),
        ("real", "python3.12-config", "#!/bin/sh"),
        ("venv", "python3.10", "\x7fELF"),
        ("usr", "python3.12", "\x7fELF"),
        ("usr", "python3.11", "\x7fELF"),
    ]:
        write(folders[folder] / name, content)
        (folders[folder] / name).chmod(0o755)
    monkeypatch.setenv("PATH", ":".join(str(folders[name]) for name in ("shims", "venv", "usr")))
    pythons.find_interpreters.cache_clear()
    yield folders
    pythons.find_interpreters.cache_clear()


def test_interpreters_behind_shims_are_found_and_those_of_environments_are_not(interpreters):
    found = pythons.find_interpreters()
    assert found["3.12"] == str(interpreters["real"] / "python3.12")
    assert found["3.11"] == str(interpreters["usr"] / "python3.11")
    assert str(interpreters["venv"] / "python3.10") not in found.values()
    assert "3.9" not in found


def test_path_loses_the_shims_and_gains_what_is_behind_them(interpreters):
    entries = pythons.path_without_shims().split(":")
    assert str(interpreters["shims"]) not in entries
    assert str(interpreters["real"]) in entries
    assert entries[:2] == [str(interpreters["venv"]), str(interpreters["usr"])]


def test_documentation_is_asked_of_all_that_a_playbook_can_call(tmp_path):
    for name in [
        "modules/squid_allowlist",
        "lookup/endpoints",
        "lookup/_private",
        "module_utils/_x",
        "action/squid_allowlist",
    ]:
        write(tmp_path / "plugins" / f"{name}.py")
    write(tmp_path / "roles" / "allowlist_apply" / "meta" / "argument_specs.yml")
    assert docs.documented_names(tmp_path) == {
        "lookup": ["managed_desktop.network.endpoints"],
        "module": ["managed_desktop.network.squid_allowlist"],
        "role": ["managed_desktop.network.allowlist_apply"],
    }


def packed(folder, collections):
    wheel = folder / "carrier.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for collection in collections:
            archive.writestr(f"ansible_collections/{collection.replace('.', '/')}/MANIFEST.json", collection)
    return wheel


def test_of_the_package_that_carries_many_collections_only_those_needed_are_taken(tmp_path):
    wheel = packed(tmp_path, [*peers.COLLECTIONS, "fortinet.fortios_more", "cisco.ios"])
    peers.unpack(wheel, tmp_path / "peers")
    taken = {path.read_text(encoding="utf-8") for path in (tmp_path / "peers").rglob("MANIFEST.json")}
    assert taken == set(peers.COLLECTIONS)
    assert peers.are_in(tmp_path / "peers")
    (tmp_path / "peers" / "ansible_collections" / "check_point" / "mgmt").rename(tmp_path / "gone")
    assert not peers.are_in(tmp_path / "peers")
    peers.unpack(wheel, tmp_path / "peers")
    assert peers.are_in(tmp_path / "peers")


def test_a_package_without_a_needed_collection_leaves_nothing_that_looks_whole(tmp_path):
    wheel = packed(tmp_path, peers.COLLECTIONS[:-1])
    with pytest.raises(ValueError, match=peers.COLLECTIONS[-1]):
        peers.unpack(wheel, tmp_path / "peers")
    assert not (tmp_path / "peers").exists()
