# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of one name: which rows allow it, or what is nearest."""

from __future__ import annotations

import pytest
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.errors import CatalogueError
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.explain import (
    Explainer,
    every_edition,
    read_term,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._catalogue.selection import Selection, select
from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint
from hypothesis import given, settings
from hypothesis import strategies as st

SEED = "2018-08-29-aad339da"


@pytest.fixture(scope="module")
def seed():
    return Explainer(select(["managed_desktop"], edition=SEED))


def explain(term, *items):
    listed = tuple(Endpoint.from_dict(item if isinstance(item, dict) else {"host": item}) for item in items)
    return Explainer(Selection(listed, (), (), ())).explain(term)


def kinds(explanation):
    return [piece["kind"] for piece in explanation["help"]]


def test_a_name_is_explained_by_every_row_that_covers_it(seed):
    found = seed.explain("login.live.com")
    assert found["allowed"]
    assert found["treatments"] == ["allow"]
    assert [item["host"] for item in found["allowed_by"]] == ["login.live.com", "*.live.com"]
    assert [row["row"] for item in found["allowed_by"] for row in item["rows"]] == [1, 3, 4]
    assert {row["status"] for item in found["allowed_by"] for row in item["rows"]} == {"draft"}
    assert {row["edition"] for item in found["allowed_by"] for row in item["rows"]} == {SEED}
    assert found["help"] == []
    assert found["text"] == (
        "login.live.com is allowed by login.live.com on TCP 80, 443"
        f" (managed_desktop {SEED} row 1 (draft), managed_desktop {SEED} row 3 (draft));"
        f" *.live.com on TCP 80, 443 (managed_desktop {SEED} row 4 (draft))."
    )


def test_all_editions_show_until_when_a_name_was_listed():
    selection = select(every_edition(["managed_desktop"]), include_hidden=True)
    found = Explainer(selection).explain("docs.microsoft.com")
    own = next(item for item in found["allowed_by"] if item["host"] == "docs.microsoft.com")
    assert sorted({row["edition"] for row in own["rows"]}) == [
        "2018-08-29-2c10eb40",
        SEED,
        "2018-09-24",
        "2019-01-18",
        "2022-06-28",
    ]


def test_all_editions_of_one_cloud_are_asked_for_by_its_name():
    everywhere = {item["edition"] for item in every_edition(["microsoft365"])}
    china = {item["edition"] for item in every_edition(["microsoft365"], "china")}
    assert len(china) < len(everywhere)
    assert all("china" in edition for edition in china)
    named = {"source": "microsoft365", "edition": "latest"}
    assert every_edition(["own.yml", named]) == ["own.yml", named]
    with pytest.raises(CatalogueError, match="instance"):
        every_edition(["microsoft365"], "Atlantis")


@pytest.mark.parametrize(
    ("term", "host", "port", "path"),
    [
        ("LOGIN.live.com.", "login.live.com", None, None),
        ("b\u00fccher.example", "xn--bcher-kva.example", None, None),
        ("https://a.example", "a.example", 443, "/"),
        ("http://a.example:8080/p/q?x=/y#z", "a.example", 8080, "/p/q"),
        ("a.example:443", "a.example", 443, None),
        ("a.example/p", "a.example", 80, "/p"),
        ("*.a.example", "*.a.example", None, None),
    ],
)
def test_terms_are_read_as_they_are_written(term, host, port, path):
    asked = read_term(term)
    assert asked.host.text == host
    assert (asked.request.port if asked.request else None) == port
    assert (asked.request.path if asked.request else None) == path


@pytest.mark.parametrize(
    ("term", "network", "port"),
    [
        ("192.0.2.1", "192.0.2.1/32", None),
        ("192.0.2.0/24", "192.0.2.0/24", None),
        ("2001:db8::1", "2001:db8::1/128", None),
        ("[2001:db8::1]:443", "2001:db8::1/128", 443),
        ("http://192.0.2.1/", "192.0.2.1/32", 80),
    ],
)
def test_addresses_are_no_names(term, network, port):
    asked = read_term(term)
    assert (asked.host, asked.network) == (None, network)
    assert (asked.request.port if asked.request else None) == port


@pytest.mark.parametrize(
    "term",
    ["", " ", "localhost", "ftp://a.example", "https://user@a.example/", "a.example:0", "a.example:99999", "http://",
     "*.a.example:443", "https://*.a.example/", "a..example", "a.example/\x07", "a.example\nb.example", "192.0.2.1/24",
     None, 5, ["a.example"], "a" * 5000],
)  # fmt: skip
def test_what_is_no_name_address_or_url_is_an_error(term):
    with pytest.raises(CatalogueError) as caught:
        read_term(term)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.lists(st.sampled_from(["a", ".", ":", "/", "[", "]", "*", "http://", "@", "1", "%"])))
def test_any_text_is_explained_or_refused(text):
    text = text if isinstance(text, str) else "".join(text)
    try:
        found = explain(text, "*.a.example", {"network": "192.0.2.0/24"})
    except CatalogueError:
        return
    assert found["text"].isprintable()


def test_a_url_asks_for_its_port_and_path():
    listed = [{"host": "a.example", "path": "/p*"}, {"host": "b.example", "tcp_ports": [443]}]
    assert explain("http://a.example/p/q", *listed)["allowed"]
    assert kinds(explain("http://a.example/other", *listed)) == ["path"]
    assert kinds(explain("https://a.example/p", *listed)) == ["path"]
    assert kinds(explain("a.example:80", *listed)) == ["path"]
    assert explain("https://b.example/any", *listed)["allowed"]
    found = explain("http://b.example/", *listed)
    assert kinds(found) == ["port"]
    assert "b.example is listed for TCP 443 only." in found["text"]


def test_the_treatments_are_those_of_all_that_cover_it():
    listed = [{"host": "*.a.example", "treatments": ["bypass_inspection"]}, "x.a.example"]
    assert explain("x.a.example", *listed)["treatments"] == ["allow", "bypass_inspection"]


def test_a_wildcard_is_allowed_only_by_what_covers_all_of_it():
    assert explain("*.x.a.example", "*.a.example")["allowed"]
    found = explain("*.a.example", "x.a.example", "*.y.a.example")
    assert not found["allowed"]
    assert found["help"][0]["hosts"] == ["x.a.example", "*.y.a.example"]


def test_addresses_are_explained_by_networks():
    listed = [{"network": "192.0.2.0/24", "tcp_ports": [443]}, {"network": "2001:db8::/32"}, "a.example"]
    assert explain("192.0.2.1", *listed)["allowed_by"][0]["network"] == "192.0.2.0/24"
    assert explain("[2001:db8::1]:443", *listed)["allowed"]
    assert kinds(explain("192.0.2.1:80", *listed)) == ["port"]
    assert not explain("192.0.0.0/16", *listed)["allowed"]


@pytest.mark.parametrize(
    ("term", "kind", "hosts"),
    [
        ("live.com", "apex", ["*.live.com"]),
        ("x.prod.msocdn.com", "parent", ["prod.msocdn.com"]),
        ("msocdn.com", "child", ["prod.msocdn.com", "shellprod.msocdn.com"]),
        ("prod.msocdn.co", "typo", ["prod.msocdn.com"]),
        ("prdo.msocdn.com", "typo", ["prod.msocdn.com"]),
        ("prodd.msocdn.com", "typo", ["prod.msocdn.com"]),
        ("prodmsocdn.com", "typo", ["prod.msocdn.com"]),
        ("x.login.lvie.com", "typo", ["*.live.com"]),
        ("contoso.onmicrosoft.com", "tenant_unset", ["<tenant>.onmicrosoft.com"]),
    ],
)
def test_the_nearest_help_comes_first(seed, term, kind, hosts):
    found = seed.explain(term)
    assert not found["allowed"]
    assert (found["help"][0]["kind"], found["help"][0]["hosts"]) == (kind, hosts)
    assert found["text"].startswith(f"{term} is not allowed by any endpoint. {found['help'][0]['text']}")


def test_nothing_near_is_said_as_nothing(seed):
    found = seed.explain("www.example.org")
    assert (found["allowed"], found["help"]) == (False, [])
    assert found["text"] == "www.example.org is not allowed by any endpoint."


def test_a_name_in_a_hidden_row_is_told_with_the_way_to_take_it():
    found = Explainer(select(["managed_desktop"], edition="2018-09-24")).explain("ajax.aspnetcdn.com")
    assert found["help"][0]["kind"] == "hidden"
    assert "include_hidden takes it" in found["text"]


def test_a_name_of_another_tenant_is_told_apart():
    narrowed = Explainer(select(["microsoft365"], tenant="contoso"))
    assert narrowed.explain("contoso.sharepoint.com")["allowed"]
    found = narrowed.explain("fabrikam.sharepoint.com")
    assert found["help"][0]["kind"] == "other_tenant"
    assert "contoso.sharepoint.com" in found["help"][0]["hosts"]


def test_a_long_list_below_a_domain_is_shortened():
    found = explain("a.example", *[f"n{number}.a.example" for number in range(9)])
    assert found["help"][0]["text"].endswith("n4.a.example and 4 more.")


def test_a_very_long_name_is_answered_without_trying_its_slips():
    name = ".".join(["abcdefgh"] * 27) + ".example"
    assert not explain(name, "a.example")["allowed"]
