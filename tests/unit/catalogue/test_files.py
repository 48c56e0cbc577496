# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's own files: text and YAML, how they are told apart, and what their faults look like."""

from __future__ import annotations

import os
import time

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import (
    CatalogueError,
    FileFaults,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.files import MAX_BYTES, read_file


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="own.txt"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write_file


def names(edition):
    return [entry.name for entry in edition.entries]


def faults(path, format="auto"):
    with pytest.raises(FileFaults) as caught:
        read_file(path, format)
    return [str(fault) for fault in caught.value.faults]


# -- text --------------------------------------------------------------------------------------------------------


def test_a_text_file_has_a_name_a_line_with_comments_paths_and_networks(write):
    path = write(
        b"\xef\xbb\xbf# ours\r\n\r\nA.example   # the first\r\n\t*.b.example\t\r\nc.example/x/*\r\n192.0.2.0/24\r\n"
        b"2001:db8::/32\r\nhttps://d.example\r\n<tenant>.e.example"
    )
    found = read_file(path)
    assert names(found) == [
        "a.example",
        "*.b.example",
        "c.example/x/*",
        "192.0.2.0/24",
        "2001:db8::/32",
        "d.example",
        "<tenant>.e.example",
    ]
    assert [entry.row for entry in found.entries] == [3, 4, 5, 6, 7, 8, 9]
    assert [entry.endpoint.ports_assumed for entry in found.entries] == [True, True, True, True, True, False, True]
    assert found.rules.keys() == {"lower_case", "scheme"}


def test_a_file_is_its_own_current_edition_named_by_its_digest(write):
    found = read_file(write("a.example\n", "site.list"))
    assert (found.source, found.status) == ("site.list", "current")
    assert found.id == f"sha256-{found.document.sha256[:12]}"
    assert found.entries[0].endpoint.sources[0].to_dict() == {"source": "site.list", "edition": found.id, "row": 1}


def test_all_faults_of_a_file_are_told_at_once_with_their_lines(write):
    path = write("ok.example\n*\nb c.example\n\n# fine\n-x.example;\n")
    told = faults(path)
    assert [fault.partition(":")[0] for fault in told] == ["line 2", "line 3", "line 6"]
    with pytest.raises(FileFaults) as caught:
        read_file(path)
    assert str(caught.value).startswith(f"{path}: 3 faults, and nothing was taken from the file:")
    assert "'b c.example' has white space inside" in str(caught.value)


def test_of_many_faults_the_first_twenty_are_shown(write):
    with pytest.raises(FileFaults) as caught:
        read_file(write("*\n" * 1000))
    assert len(str(caught.value).splitlines()) == 22
    assert str(caught.value).endswith("and 980 more")


@pytest.mark.parametrize("content", ["", "\n\n", "# only a comment\n", "\ufeff"])
def test_a_file_that_names_nothing_is_an_error(write, content):
    with pytest.raises(CatalogueError, match="names nothing"):
        read_file(write(content))


def test_ten_thousand_names_are_read_quickly(write):
    path = write("".join(f"host{n}.dept{n % 97}.example\n" for n in range(10_000)))
    best = float("inf")
    for _try in range(5):
        begin = time.process_time()
        found = read_file(path)
        best = min(best, time.process_time() - begin)
    assert len(found.entries) == 10_000
    assert best < 0.3


# -- YAML --------------------------------------------------------------------------------------------------------


def test_yaml_may_be_a_list_of_names_and_endpoints(write):
    found = read_file(
        write(
            """
- "*.a.example"
- b.example/x
- host: C.example
  tcp_ports: [8443, 9000-9010]
  service: Files
  treatments: [bypass_inspection]
  required: false
- {network: 192.0.2.0/24, udp_ports: "3478-3481"}
- {host: "https://d.example/"}
- {host: "<tenant>.e.example", tcp_ports: 443}
""",
            "own.yml",
        )
    )
    assert names(found) == [
        "*.a.example",
        "b.example/x",
        "c.example",
        "192.0.2.0/24",
        "d.example",
        "<tenant>.e.example",
    ]
    assert [entry.endpoint.tcp_ports for entry in found.entries] == [
        ((80, 80), (443, 443)),
        ((80, 80),),
        ((8443, 8443), (9000, 9010)),
        (),
        ((443, 443),),
        ((443, 443),),
    ]
    third = found.entries[2].endpoint
    assert (third.service, third.required) == ("Files", False)
    assert third.treatments == {"allow", "bypass_inspection"}
    assert [entry.row for entry in found.entries] == [1, 2, 3, 4, 5, 6]


def test_yaml_may_name_its_source_edition_and_services(write):
    found = read_file(
        write(
            """
source: our_company
edition: 2026-01-01
status: superseded
url: https://intranet.example/
endpoints: [a.example]
services:
  - name: Files
    documentation:
      - https://intranet.example/files
      - {title: More, url: https://intranet.example/more}
    endpoints: [b.example, "*.b.example"]
  - name: Mail
    endpoints: [c.example]
""",
            "own.yaml",
        )
    )
    assert (found.source, found.id, found.status) == ("our_company", "2026-01-01", "superseded")
    assert [(e.name, e.endpoint.service, e.row) for e in found.entries] == [
        ("a.example", None, 1),
        ("b.example", "Files", 2),
        ("*.b.example", "Files", 3),
        ("c.example", "Mail", 4),
    ]
    assert [(s.name, s.entries, len(s.documentation)) for s in found.services()] == [("Files", 2, 2), ("Mail", 1, 0)]
    assert {entry.endpoint.sources[0].source for entry in found.entries} == {"our_company"}


def test_faults_in_yaml_are_told_with_line_and_row(write):
    path = write(
        """services:
  - name: Files
    endpoints:
      - ok.example
      - "*"
      - {host: b.example, tcp_port: 443}
      - {host: c.example,
         tcp_ports: [70000]}
endpoints:
  - 7
  - {network: 192.0.2.1/24}
  - {host: d.example, network: 192.0.2.0/24}
  - {host: "https://e.example", tcp_ports: [80]}
""",
        "own.yml",
    )
    told = faults(path)
    assert [fault.partition(":")[0] for fault in told] == [
        "line 5, row 6, token 1",
        "line 6, row 7, token 1",
        "line 7, row 8, token 1",
        "line 10, row 1, token 1",
        "line 11, row 2, token 1",
        "line 12, row 3, token 1",
        "line 13, row 4, token 1",
    ]
    assert "Did you mean 'tcp_ports'" in told[1]
    assert "70000" in told[2]
    assert "exactly one of host and network" in told[5]


def test_faults_in_a_bare_yaml_list_are_told_with_line_and_row(write):
    told = faults(write("- a.example\n-\n-\n  - b.example\n- '*'\n", "own.yml"))
    assert [fault.partition(":")[0] for fault in told] == [
        "line 2, row 2, token 1",
        "line 4, row 3, token 1",
        "line 5, row 4, token 1",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("- *.a.example", "line 1: .*needs quotes in YAML"),
        ("- a.example\n- [b\n", "line 3"),
        ("a.example", "neither a list nor a mapping"),
        ("endpoints: a.example", "no list"),
        ("endpoint: [a.example]", "Did you mean 'endpoints'"),
        ("services: [{name: A, endpoint: []}]", "Did you mean 'endpoints'"),
        ("services: [{endpoints: [a.example]}]", "a service is a mapping with a name"),
        ('services: [{name: "a\\nb", endpoints: [a.example]}]', "control characters"),
        ("services: [{name: A, documentation: [7], endpoints: [a.example]}]", "neither an address nor a title"),
        ("status: curent\nendpoints: [a.example]", "Did you mean 'current'"),
        ("source: a/b\nendpoints: [a.example]", "source: 'a/b' has other characters"),
        ("url: [x]\nendpoints: [a.example]", "no line of text"),
        ("endpoints: [a.example]\nendpoints: [b.example]", "line 2: 'endpoints' is given twice"),
        ("- {host: a.example, host: b.example}", "'host' is given twice"),
        ("? [a]\n: b", "a key is no plain text"),
        ("- &x a.example\n- *x", "line 2: aliases are not taken"),
        ("- !!python/object/apply:os.system [id]", "line 1: could not determine a constructor"),
        ("- !a%0Ab c", "could not determine a constructor"),
        ("- 2026-99-99", "cannot be read"),
        ("- a\n---\n- b", "line 2"),
        ("[" * 100_000, "(nested more than 12 deep|maximum nesting depth)"),
        ("- " * 100_000, "nested more than 12 deep"),
        ("{a: " * 100_000, "nested more than 12 deep"),
        ("\x00", "line 1: a character that YAML does not take"),
        ("- a.example\n- b.example\x07", "line 2: a character that YAML does not take"),
        ("[*.a.example]", "needs quotes in YAML"),
    ],
)
def test_yaml_of_another_shape_is_refused(write, content, reason):
    with pytest.raises(CatalogueError, match=reason):
        read_file(write(content, "own.yml"))


def test_names_in_yaml_may_be_multiplied_by_nobody(write):
    bomb = "b0: &b0 {k: 1}\n" + "".join(
        f"b{n}: &b{n} {{<<: [{', '.join([f'*b{n - 1}'] * 10)}]}}\n" for n in range(1, 9)
    )
    begin = time.process_time()
    with pytest.raises(CatalogueError, match="aliases are not taken"):
        read_file(write(bomb, "own.yml"))
    assert time.process_time() - begin < 1


# -- any file ----------------------------------------------------------------------------------------------------

TABLE = "| Service | URL |\n| --- | --- |\n| Mail | a.example<br>b.example |\n"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("own.md", TABLE, ["a.example", "b.example"]),
        ("own.markdown", TABLE, ["a.example", "b.example"]),
        ("own", TABLE, ["a.example", "b.example"]),
        ("own", "a.example\n", ["a.example"]),
        ("own.names", "a.example\n", ["a.example"]),
        ("own.TXT", "a.example\n", ["a.example"]),
        ("own.yml", "[a.example]", ["a.example"]),
    ],
)
def test_the_format_goes_by_the_suffix_and_then_by_the_content(write, name, content, expected):
    assert names(read_file(write(content, name))) == expected


def test_the_format_can_be_said(write):
    assert names(read_file(write(TABLE, "own.txt"), "markdown")) == ["a.example", "b.example"]
    assert names(read_file(write("a.example", "own.yml"), "text")) == ["a.example"]
    with pytest.raises(CatalogueError, match="Did you mean 'markdown'"):
        read_file(write(TABLE), "markdwon")


def test_a_fault_in_markdown_is_told_with_line_row_and_token(write):
    path = write(f"# Ours\n\n{TABLE}| Web | c.example<br>*,,d.example | |\n", "own.md")
    (told,) = faults(path)
    assert told.startswith("line 6, row 2, token 2: '*,,d.example'")


def test_a_file_that_is_no_text_is_told_with_the_line(write):
    assert faults(write(b"a.example\nb.ex\xffmple\n")) == ["line 2: '\\xffmpl' is not UTF-8; save the file as UTF-8"]
    assert "not UTF-8" in faults(write("a.example\n".encode("utf-16")))[0]


def test_what_is_no_readable_file_is_told(tmp_path):
    with pytest.raises(CatalogueError, match=r"cannot be read: .*No such file"):
        read_file(str(tmp_path / "none.txt"))
    with pytest.raises(CatalogueError, match=r"cannot be read|no regular file"):
        read_file(str(tmp_path))
    with pytest.raises(CatalogueError, match=r"cannot be read: .*null"):
        read_file("a\0b.txt")


def test_a_pipe_does_not_stop_the_run(tmp_path):
    path = tmp_path / "pipe.txt"
    os.mkfifo(path)
    with pytest.raises(CatalogueError, match="no regular file"):
        read_file(str(path))


def test_a_file_beyond_the_bound_is_refused(tmp_path):
    path = tmp_path / "big.txt"
    with path.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    with pytest.raises(CatalogueError, match="no list of endpoints"):
        read_file(str(path))
