# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site's own rules around the list: what makes it ineffective is refused, with the line, and nothing is written."""

from __future__ import annotations

import pytest
from squid_lab import SNIPPET, Device

from tests.integration.appliance.called import Json, Refused

CONFIGURATION = "/etc/squid/squid.conf"


def refused(device: Device, match: str, *endpoints: str | Json, **options: object) -> None:
    """The list is refused, in check mode and really, and nothing is written."""
    before = device.snapshot()
    for check in (True, False):
        with pytest.raises(Refused, match=match) as error:
            device.present(*(endpoints or ("a.example",)), check=check, **options)
        assert "Nothing was changed" in str(error.value)
    assert device.snapshot() == before


def rewrite(device: Device, old: str, new: str) -> int:
    """Change the site's squid.conf, and return the line at which the change begins."""
    file = device.path(CONFIGURATION)
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))
    device.proxy.reconfigure()
    return text[: text.index(old)].count("\n") + 1


INCLUDE = "\ninclude /etc/squid/conf.d/*.conf\n"


def test_a_snippet_that_nothing_includes_is_refused(device: Device) -> None:
    rewrite(device, INCLUDE, "\n")
    refused(device, rf"no include of the configuration reaches {SNIPPET}")


def test_an_include_below_the_last_rule_is_refused_with_the_line(device: Device) -> None:
    rewrite(device, INCLUDE, "\n")
    line = rewrite(device, "\nhttp_access deny all\n", f"\nhttp_access deny all\n{INCLUDE}")
    refused(device, rf"squid\.conf line {line + 1} \('http_access deny all'\) comes before the list")


@pytest.mark.parametrize(
    "rules, line",
    [
        ("http_access deny all\n", 1),
        ("acl here src 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fe80::/10\nhttp_access deny here\n", 2),
        ("http_access deny CONNECT\nhttp_access deny !CONNECT\n", 2),
        ("acl web port 80 443\nhttp_access deny web\n", 2),
        ('acl web port "/etc/squid/web-ports"\nhttp_access deny \\\n   # as agreed\n\n   web\n', 2),
        ("acl to_80 port 80\nacl to_443 port 443\nacl web any-of to_80 to_443\nhttp_access deny web\n", 4),
        ("http_access allow localnet\n", 1),
        ("if true\nhttp_access deny all\nendif\n", 2),
    ],
)
def test_an_earlier_rule_that_decides_everything_is_refused_with_the_line(
    device: Device, rules: str, line: int
) -> None:
    device.path("/etc/squid/web-ports").write_text("80 # plain\n443\n")
    device.proxy.configure("10-site.conf", rules)
    device.proxy.reconfigure()
    before = device.allows("a.example")
    refused(device, rf"10-site\.conf line {line} \('http_access .*comes before the list")
    assert device.allows("a.example") == before


@pytest.mark.parametrize(
    "rules",
    [
        "http_access deny CONNECT !SSL_ports\n",
        "acl elsewhere src 203.0.113.0/24\nhttp_access deny elsewhere\n",
        "acl ftp port 21\nhttp_access deny ftp\n",
        "if false\nhttp_access deny all\nendif\n",
        "# http_access deny all\n",
        "http_access deny to_localhost\n",
        "acl there src 203.0.113.1-203.0.113.9\nacl elsewhere all-of there CONNECT\nhttp_access deny elsewhere\n",
    ],
)
def test_an_earlier_rule_about_other_requests_is_no_matter(device: Device, rules: str) -> None:
    device.proxy.configure("10-site.conf", rules)
    device.proxy.reconfigure()
    result = device.present("a.example")
    assert (result["site_warnings"], result["site_losses"]) == ([], [])
    assert device.allows("a.example") == [True]


def test_an_earlier_rule_that_may_deny_something_is_a_warning(device: Device) -> None:
    device.proxy.configure("10-site.conf", "acl bad dstdomain .bad.example\nhttp_access deny bad\n")
    device.proxy.reconfigure()
    warnings = device.present("a.example")["site_warnings"]
    assert len(warnings) == 1
    assert "10-site.conf line 2 ('http_access deny bad') comes before the list and may deny some of it" in warnings[0]


@pytest.mark.parametrize(
    "ports, lost, named, accepted",
    [
        ([8443], "tcp/8443", "8443", [[8443, 8443]]),
        ([21], "tcp/21", "21", [[20, 21]]),
        ([22], "tcp/22", "22", [[22, 22]]),
        (["440-450"], "tcp/444-450", "440-442, 444-450", [[440, 442], [444, 450]]),
    ],
)
def test_ports_that_the_site_blocks_are_a_loss_that_must_be_accepted(
    device: Device, ports: list[int | str], lost: str, named: str, accepted: list[list[int]]
) -> None:
    wanted: list[str | Json] = ["a.example", {"host": "b.example", "tcp_ports": ports}]
    line = rf"{{property: site_ports, ports: \[{named}\], reason: ''}}"
    refused(device, rf"(?s)site_ports +narrowed +{lost}: .*{line}", *wanted)
    result = device.present(*wanted, accepted_ports=accepted)
    assert lost in [loss["detail"].partition(":")[0] for loss in result["site_losses"]]
    first = str(ports[0]).partition("-")[2] or ports[0]
    assert device.status("a.example:443", f"b.example:{first}") == [200, 403]


def test_a_blocked_port_beside_the_accepted_ones_stops_and_is_named_alone(device: Device) -> None:
    mail: Json = {"host": "b.example", "tcp_ports": [25, 587]}
    refused(device, r"(?s)^(?!.*tcp/25:).*tcp/587: .*ports: \[587\]", "a.example", mail, accepted_ports=[[25, 25]])
    refused(device, r"ports: \[25, 587\]", "a.example", mail, accept=["site_ports"])


def test_ports_that_the_site_opens_are_no_loss(device: Device) -> None:
    device.proxy.configure("10-ports.conf", "acl SSL_ports port 8443\n")
    device.proxy.reconfigure()
    result = device.present({"host": "b.example", "tcp_ports": [8443]})
    assert result["site_losses"] == []
    assert device.status("b.example:8443", "b.example:443") == [200, 403]


def test_an_acl_of_the_site_with_our_name_is_refused(device: Device) -> None:
    device.proxy.configure("40-site.conf", "acl mdn_managed_desktop_clients src 0.0.0.0/0\n")
    refused(device, r"40-site\.conf line 1 defines the ACL mdn_managed_desktop_clients")


def test_nested_includes_are_followed(device: Device) -> None:
    device.path("/etc/squid/more").mkdir()
    device.path("/etc/squid/more/deny all.conf").write_text("\n\nhttp_access deny all\n")
    device.path("/etc/squid/more/first.conf").write_text('include "/etc/squid/more/deny all.conf"\n')
    device.proxy.configure("10-site.conf", "include /etc/squid/more/first.conf /etc/squid/more/first.conf\n")
    refused(device, r"/more/deny all\.conf line 3 \('http_access deny all'\)")


def test_includes_that_go_round_are_named(device: Device) -> None:
    device.proxy.configure("10-site.conf", "include /etc/squid/loop.conf\n")
    device.path("/etc/squid/loop.conf").write_text("include /etc/squid/conf.d/10-site.conf\n")
    refused(device, r"10-site\.conf is included in itself")


def test_an_include_that_matches_nothing_is_squids_to_judge(device: Device) -> None:
    device.proxy.configure("10-site.conf", "include /etc/squid/none/*.conf\n")
    for check in (True, False):
        with pytest.raises(
            Refused, match=r"site's own configuration.*Unable to find configuration file: /etc/squid/none"
        ):
            device.present("a.example", check=check)


def test_a_list_that_an_include_rests_on_is_not_removed(device: Device) -> None:
    file = device.path(CONFIGURATION)
    file.write_text(file.read_text().replace(INCLUDE, "\ninclude /etc/squid/conf.d/20-*.conf\n"))
    device.present("a.example")
    before = device.snapshot()
    for check in (True, False):
        with pytest.raises(Refused, match=r"matches no other file than this list's"):
            device.absent(check=check)
    assert device.snapshot().keys() == before.keys()
    assert device.allows("a.example") == [True]


def test_the_sites_own_warnings_do_not_count_against_the_list(device: Device) -> None:
    site = (
        'acl site dstdomain .x.example y.x.example\nacl nobody dstdomain "/etc/squid/empty"\n# \xc5ngstr\xf6m \x85x\n'
    )
    device.path("/etc/squid/empty").write_text("")
    device.path("/etc/squid/conf.d/10-site.conf").write_bytes(site.encode("latin-1"))
    device.proxy.reconfigure()
    assert device.present("a.example", check=True)["changed"] is True
    assert device.present("a.example")["changed"] is True
    assert device.allows("a.example") == [True]


def test_long_continued_lines_of_the_site_are_read_as_squid_reads_them(device: Device) -> None:
    names = " \\\n  ".join(f"name-{number}.site.example" for number in range(1000))
    device.proxy.configure("10-site.conf", f"acl site dstdomain \\\n  {names}\nhttp_access allow site\n")
    device.proxy.reconfigure()
    device.present("a.example", check=True)
    device.present("a.example")
    assert device.allows("a.example", "name-999.site.example", "name-1000.site.example") == [True, True, False]


def test_access_rules_may_be_left_to_the_site(device: Device) -> None:
    result = device.present("a.example", access_rules="none")
    assert result["running"]["state"] == "unknown"
    assert device.allows("a.example") == [False]
    rules = "http_access deny mdn_managed_desktop_state\n"
    rules += "http_access allow mdn_managed_desktop_clients mdn_managed_desktop_p80_443_names\n"
    device.proxy.configure("30-site.conf", rules)
    device.proxy.reconfigure()
    assert device.allows("a.example", "b.example") == [True, False]
    again = device.present("a.example", access_rules="none")
    assert (again["changed"], again["running"]["state"]) == (False, "running")
    predicted = device.present("b.example", access_rules="none", check=True)
    done = device.present("b.example", access_rules="none")
    assert predicted["running"] == done["running"]
    with pytest.raises(Refused, match=r"configuration without this list: ACL not found: mdn_managed_desktop_state"):
        device.absent()


def test_clients_outside_the_named_networks_are_not_served(device: Device) -> None:
    device.present("a.example", clients=["10.77.0.101/32"])
    assert [device.ask({"to": "a.example:443"}, client=desk)[0]["status"] for desk in ("desk1", "desk2")] == [200, 403]


def test_many_client_networks_fit_into_squids_lines(device: Device) -> None:
    clients = [f"10.{a}.{b}.0/24" for a in (77, 78, 79) for b in range(256)]
    device.present("a.example", clients=clients)
    assert device.allows("a.example") == [True]
