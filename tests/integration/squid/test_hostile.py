# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options, artefacts, links and back-ups that were made to do something else are refused before anything is touched."""

from __future__ import annotations

import base64
import json
import typing as t
import zlib

import pytest
from squid_lab import BACKUPS, HOME, LISTS, SNIPPET, Device

from tests.integration.appliance.called import Refused

INJECTION = '/etc/squid/x"\nhttp_access allow all\n#'


def test_an_option_that_is_not_what_it_claims_is_refused_by_name(device: Device) -> None:
    """The forms themselves are unit tests; here is that every call looks at them before it touches anything."""
    before = device.snapshot()
    for option, value in (("name", "../../../tmp/x"), ("snippet_prefix", "../20"), ("list_dir", INJECTION)):
        for call in (device.absent, device.info, lambda **options: device.restore("latest", **options)):
            with pytest.raises(Refused, match=f"{option}: "):
                call(**{option: value})
    assert device.snapshot() == before


def packed(data: object) -> str:
    return base64.b64encode(zlib.compress(json.dumps(data).encode())).decode()


BOMB = base64.b64encode(zlib.compress(b"[" * (300 * 1024 * 1024), 9)).decode()
NESTED = base64.b64encode(zlib.compress(b"[" * 1_000_000)).decode()


LIES = (
    ("", "cut off"),
    ("%%%", "damaged"),
    (base64.b64encode(b"no zlib").decode(), "damaged"),
    (packed([1, 2]), "damaged"),
    (packed({"content": {}}), "damaged"),
    (packed({"content": [], "provenance": {}}), "damaged"),
    (packed({"content": {"snippet": "http_access allow all\n", "files": {}}, "provenance": {}}), "was announced"),
    (NESTED, "damaged"),
    (BOMB, "larger than"),
)


def test_an_artefact_that_lies_is_refused(device: Device) -> None:
    before = device.snapshot()
    for artefact, said in LIES:
        with pytest.raises(Refused, match=f"{said}.*Nothing was changed"):
            device.present("a.example", artefact=artefact)
    assert device.snapshot() == before


def test_a_list_whose_files_would_leave_their_directory_is_refused(device: Device) -> None:
    before = device.snapshot()
    names = ("../../x", "/etc/passwd", "..", "", "a\0b", "provenance.json")
    for files in (*({name: "x\n"} for name in names), [1], {"a": 1}):
        with pytest.raises(Refused, match=r"The list (names a file|is not of the form).*Nothing was changed"):
            device.spoiled(lambda content, files=files: content.update(files=files), "a.example")
    assert device.snapshot() == before


# -- back-ups ----------------------------------------------------------------------------------------------------


def altered(device: Device, change: t.Callable[[dict[str, t.Any]], None], mode: int = 0o600) -> str:
    device.present("a.example")
    path = device.path(str(device.absent()["backup"]))
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    path.chmod(mode)
    return "/" + str(path.relative_to(device.proxy.host.root))


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda b: b["content"].update(snippet="http_access allow all\n"), "was altered"),
        (lambda b: b.update(platform="other"), "is not one of squid"),
        (lambda b: b.pop("digest"), "is no back-up"),
        (lambda b: b.update(content=[]), "was altered|not of the form"),
    ],
)
def test_a_back_up_that_was_altered_is_refused(device: Device, change: t.Any, said: str) -> None:
    path = altered(device, change)
    before = device.snapshot()
    for which in (path, "latest", path.rpartition("/")[2]):
        with pytest.raises(Refused, match=f"({said}).*Nothing was changed"):
            device.restore(which)
    assert device.snapshot() == before


def test_a_back_up_that_is_damaged_is_named(device: Device) -> None:
    path = altered(device, lambda b: None)
    for text in (b"", b"{", b"[]", b"\xff", b"[" * 100_000):
        device.path(path).write_bytes(text)
        with pytest.raises(Refused, match=f"{path} is (damaged|no back-up)"):
            device.restore(path)


def test_a_back_up_that_others_may_write_is_refused(device: Device) -> None:
    path = altered(device, lambda b: None, mode=0o666)
    with pytest.raises(Refused, match="others may write it"):
        device.restore("latest")
    device.path(path).chmod(0o600)
    link = f"{BACKUPS}/99991231T000000.000000000-link.json"
    device.path(link).symlink_to(path)
    with pytest.raises(Refused, match="is a link"):
        device.restore("latest")
    device.path(link).unlink()
    assert device.restore("latest")["changed"] is True


def test_a_back_up_that_is_not_there_is_named(device: Device) -> None:
    for which in ("latest", "none.json", "/etc/none.json", "/etc", "/etc/passwd"):
        with pytest.raises(Refused, match=r"There is no back-up in|cannot be read|is damaged"):
            device.restore(which)


# -- links -------------------------------------------------------------------------------------------------------


def test_links_that_were_planted_are_replaced_and_not_followed(device: Device) -> None:
    target = device.path("/etc/squid/target")
    target.write_text("precious\n")
    device.path(SNIPPET).symlink_to("/etc/squid/target")
    device.path(HOME).mkdir(parents=True)
    device.path(f"{HOME}/0123456789abcdef-01234567").symlink_to("/etc/squid/conf.d")
    device.path(f"{SNIPPET.replace('/20-', '/.20-')}.restore").symlink_to("/etc/squid/target")
    device.present("a.example")
    assert target.read_text() == "precious\n"
    assert not device.path(SNIPPET).is_symlink()
    assert list(device.path(HOME).iterdir()) == [device.directory()]
    assert sorted(path.name for path in device.path("/etc/squid/conf.d").iterdir()) == [
        "20-allowlist-managed_desktop.conf",
        "debian.conf",
    ]
    assert device.allows("a.example") == [True]


def test_a_lock_that_is_a_link_stops_the_run(device: Device) -> None:
    device.path(LISTS).mkdir()
    device.path(f"{LISTS}/.lock").symlink_to("/etc/squid/target")
    with pytest.raises(Refused, match=rf"{LISTS}/\.lock.*Nothing was changed"):
        device.present("a.example")
    assert not device.path("/etc/squid/target").exists()


def test_a_list_file_that_is_a_link_to_the_same_text_is_as_good(device: Device) -> None:
    device.present("a.example")
    names = device.files()[0]
    text = names.read_text()
    names.unlink()
    device.path("/etc/squid/elsewhere").write_text(text)
    names.symlink_to("/etc/squid/elsewhere")
    assert device.present("a.example")["changed"] is False
