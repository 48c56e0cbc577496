# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a list on a firewall: made, found in step, changed, put back, removed; and what of an object is kept."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
from ansible_collections.managed_desktop.network.plugins.module_utils._package import content_digest
from panos.firewall import Firewall
from panos.objects import CustomUrlCategory
from panos.policies import DecryptionRule, Rulebase, SecurityRule

from lab.simulators.panos import Panos, pair
from lab.simulators.server import Reply, Request
from tests.integration.simulators.panos.panos_target import LIST, PASSWORD, PanosTarget
from tests.integration.simulators.target import Refused

A, B = ("a.example.com", "*.a.example.net"), ("b.example.com",)
RULES: t.Final = {"access_rules": "managed", "from_zones": ["clients"]}


def test_a_list_is_made_once_changed_put_back_and_removed_once(firewall: PanosTarget) -> None:
    others = firewall.foreign()
    expected = firewall.present(*A, check=True, diff=True)
    assert (firewall.stored(), firewall.leftovers(), firewall.foreign()) == (frozenset(), [], others)
    made = firewall.present(*A, diff=True)
    assert {**made, "backup": None} == expected
    assert "a.example.com" in made["diff"][0]["after"]
    assert firewall.running() == firewall.stored() == {"a.example.com/", "*.a.example.net/"}
    assert firewall.present(*A)["changed"] is firewall.present(*A, check=True)["changed"] is False
    assert firewall.present(*B)["difference"]["foreign"]["count"] == 2
    assert firewall.restored()["changed"] is True
    assert firewall.running() == {"a.example.com/", "*.a.example.net/"}
    assert firewall.absent(check=True)["changed"] is firewall.absent()["changed"] is True
    assert (firewall.absent()["changed"], firewall.running(), firewall.leftovers()) == (False, frozenset(), [])
    assert firewall.foreign() == others


def test_check_mode_writes_nothing_and_takes_no_lock(firewall: PanosTarget) -> None:
    held: list[t.Any] = []
    add = firewall.simulator.locks.add
    firewall.simulator.locks.add = lambda *given: held.append(given) or add(*given)
    firewall.present(*A, check=True)
    assert (held, firewall.simulator.jobs.known) == ([], [])
    assert not (firewall.directory / "backups").exists()


def test_a_run_that_has_nothing_to_do_asks_for_the_fewest_answers(firewall: PanosTarget) -> None:
    key = firewall.simulator.key_for("automation")
    for more, expected in (({}, 2), (RULES, 8)):
        firewall.present(*A, password=None, api_key=key, **more)
        firewall.simulator.requests.clear()
        assert firewall.present(*A, password=None, api_key=key, **more)["changed"] is False
        assert len(firewall.simulator.requests) == expected


def test_the_order_of_the_device_and_its_own_marks_are_no_drift(firewall: PanosTarget) -> None:
    firewall.present(*A)
    for tree in (firewall.simulator.config.running, firewall.simulator.config.candidate):
        (listed,) = tree.findall(f".//entry[@name='{LIST}']/list")
        members = list(listed)
        for member in members:
            listed.remove(member)
        listed.extend(reversed(members))
    assert firewall.present(*A)["changed"] is False


def test_what_somebody_edited_and_committed_is_drift_and_corrected(firewall: PanosTarget) -> None:
    firewall.present(*A)
    xpath = f"{firewall.root}/profiles/custom-url-category/entry[@name='{LIST}']"
    firewall.simulator.config.set(f"{xpath}/list", "<member>evil.test/</member>", "alice")
    firewall.simulator.commit_as("alice")
    found = firewall.present(*A)
    assert found["difference"]["foreign"]["by_service"] == {"(no service)": ["evil.test/"]}
    assert "evil.test/" not in firewall.running()


def test_what_an_object_has_besides_is_kept(firewall: PanosTarget) -> None:
    firewall.present(*A, **RULES)
    config = firewall.simulator.config
    category = f"{firewall.root}/profiles/custom-url-category/entry[@name='{LIST}']"
    rule = f"{firewall.root}/rulebase/security/rules/entry[@name='{LIST}']"
    config.set(category, "<description>ask the proxy team</description>", "alice")
    config.set(rule, "<tag><member>proxy</member></tag><log-setting>siem</log-setting>", "alice")
    assert firewall.simulator.commit_as("alice") == []
    assert firewall.present(*A, **RULES)["changed"] is False
    firewall.present(*B, clients=["192.0.2.0/24"], **RULES)
    (found,) = config.running.findall(f".//custom-url-category/entry[@name='{LIST}']")
    assert found.findtext("description") == "ask the proxy team"
    (found,) = config.running.findall(f".//security/rules/entry[@name='{LIST}']")
    assert (found.findtext("tag/member"), found.findtext("log-setting")) == ("proxy", "siem")
    assert [one.text for one in found.findall("source/member")] == ["192.0.2.0/24"]
    assert not [one for one in config.running.iter() if "dirtyId" in one.attrib]


def test_a_rule_is_put_at_the_top_once_and_stays_where_it_is_moved(firewall: PanosTarget) -> None:
    config, above = firewall.simulator.config, f"{firewall.root}/rulebase/security/rules"
    inner = "".join(f"<{tag}><member>any</member></{tag}>" for tag in ("from", "to", "source", "destination"))
    config.edit(f"{above}/entry[@name='deny']", f"<entry name='deny'>{inner}<action>deny</action></entry>", "alice")
    firewall.simulator.commit_as("alice")

    def order() -> list[str | None]:
        return [one.get("name") for one in config.running.findall(".//security/rules/entry")]

    firewall.present(*A, **RULES)
    assert order() == [LIST, "deny"]
    config.move(f"{above}/entry[@name='{LIST}']", "bottom", None, "alice")
    firewall.simulator.commit_as("alice")
    assert firewall.present(*A, **RULES)["changed"] is False
    firewall.present(*B, **RULES)
    assert order() == ["deny", LIST]
    firewall.absent(access_rules="managed")
    firewall.present(*A, rule_position="bottom", **RULES)
    assert order() == ["deny", LIST]


def test_rules_go_before_their_categories_and_a_disabled_rule_is_drift(firewall: PanosTarget) -> None:
    firewall.present(*A, **RULES)
    config = firewall.simulator.config
    config.set(f"{firewall.root}/rulebase/security/rules/entry[@name='{LIST}']", "<disabled>yes</disabled>", "alice")
    firewall.simulator.commit_as("alice")
    assert firewall.present(*A, **RULES)["changed"] is True
    assert config.running.findtext(f".//security/rules/entry[@name='{LIST}']/disabled") == "no"
    assert firewall.absent(check=True, access_rules="managed")["changed"] is True
    firewall.absent(access_rules="managed")
    assert not config.running.findall(f".//entry[@name='{LIST}']")


def test_a_category_that_a_rule_of_the_site_uses_is_not_taken_away(firewall: PanosTarget) -> None:
    firewall.present(*A)
    inner = "".join(f"<{tag}><member>any</member></{tag}>" for tag in ("from", "to", "source", "destination"))
    text = f"<entry name='site'>{inner}<category><member>{LIST}</member></category><action>allow</action></entry>"
    firewall.simulator.config.edit(f"{firewall.root}/rulebase/security/rules/entry[@name='site']", text, "alice")
    firewall.simulator.commit_as("alice")
    with pytest.raises(Refused, match=r"The security rule site on .* uses managed_desktop, so .*Nothing was changed\."):
        firewall.absent(check=True)
    with pytest.raises(Refused, match=r"cannot be deleted because of references from:.* site .*Nothing was changed\."):
        firewall.absent()
    assert (firewall.running(), firewall.leftovers()) == (firewall.entries(*A), [])
    found = firewall.info()["used_by"]
    assert [(one["rulebase"], one["rule"], one["categories"]) for one in found] == [("security", "site", [LIST])]


@pytest.mark.parametrize(
    ("category", "entry"), [(LIST, "evil.test"), (LIST, "*.com/\n"), ("hers", "a.example/"), (LIST, "<x/>")]
)
def test_a_back_up_that_holds_what_no_run_of_ours_wrote_is_refused(
    firewall: PanosTarget, category: str, entry: str
) -> None:
    firewall.present(*A)
    firewall.present(*B)
    backup = Path(firewall.info()["backups"][-1])
    content = {"categories": {category: [entry]}, "rules": {}}
    kept = {"platform": "panos", "content": content, "provenance": {}, "digest": content_digest(content)}
    backup.write_text(json.dumps(kept), encoding="utf-8")
    with pytest.raises(
        Refused, match=r"(an entry that is none|something else than the categories).*Nothing was changed"
    ):
        firewall.restored()
    assert firewall.running() == firewall.entries(*B)


def test_words_alone_tell_that_nothing_is_there(firewall: PanosTarget) -> None:
    handle = firewall.simulator.handle

    def without_code(request: Request) -> Reply:
        reply = handle(request)
        return Reply(reply.body.replace(b'status="error" code="7"', b'status="error"'), reply.status, reply.headers)

    firewall.simulator.handle = without_code
    firewall.present(*A)
    assert firewall.running() == firewall.entries(*A)


def test_the_whole_firewall_can_share_a_list(firewall: PanosTarget) -> None:
    firewall.present(*A, vsys="shared")
    assert firewall.simulator.config.running.findall(f"shared/profiles/custom-url-category/entry[@name='{LIST}']")
    with pytest.raises(Refused, match="vsys: shared has no rules"):
        firewall.present(*A, vsys="shared", access_rules="managed")


def test_a_category_of_the_sites_own_name_is_set(firewall: PanosTarget) -> None:
    firewall.present(*A, category="MMD Allow")
    assert firewall.simulator.config.running.findall(".//custom-url-category/entry[@name='MMD Allow']")


def test_the_vendors_client_reads_what_the_module_wrote(firewall: PanosTarget) -> None:
    firewall.present(*A, access_rules="managed", clients=["192.0.2.0/24"])
    device = firewall.simulator
    client = Firewall(device.address, "automation", PASSWORD, port=device.port)
    assert {one.name: one.url_value for one in CustomUrlCategory.refreshall(client, add=False)}[LIST] == [
        "a.example.com/",
        "*.a.example.net/",
    ]
    (rule,) = SecurityRule.refreshall(client.add(Rulebase()))
    assert (rule.name, rule.action, rule.source, rule.category) == (LIST, "allow", ["192.0.2.0/24"], [LIST])
    assert rule.service == ["service-http", "service-https"]
    assert DecryptionRule.refreshall(client.add(Rulebase())) == []
    assert client.pending_changes() is True  # alice's
    assert device.keys_in_urls == 0


def test_ten_thousand_entries_go_over_in_one_change(firewall: PanosTarget) -> None:
    names = [f"name-{number}.example.com" for number in range(10_000)]
    firewall.present(*names)
    assert len(firewall.running()) == 10_000
    assert firewall.present(*names)["changed"] is False


def test_only_the_active_member_of_a_pair_is_changed(firewall: PanosTarget) -> None:
    active, passive = pair(firewall.directory)
    firewall.simulator.close()
    try:
        firewall.simulator = passive
        for check in (True, False):
            with pytest.raises(Refused, match="not the active member of its pair: it says passive"):
                firewall.present(*A, check=check)
        assert firewall.leftovers() == []
        firewall.simulator = active
        assert firewall.info()["ha_state"] == "active"
        firewall.present(*A)
        firewall.simulator = passive
        assert firewall.running() == firewall.entries(*A)
        assert firewall.present(*A)["changed"] is False
    finally:
        active.close()


def test_info_says_what_uses_the_list_and_what_is_known_of_tls(firewall: PanosTarget) -> None:
    profile = (
        "<entry name='strict'><ssl-protocol-settings><min-version>tls1-2</min-version></ssl-protocol-settings></entry>"
    )
    firewall.simulator.config.edit(f"{firewall.root}/profiles/decryption/entry[@name='strict']", profile, "alice")
    firewall.simulator.commit_as("alice")
    firewall.present(*A, **RULES)
    found = firewall.info(include_entries=True)
    assert found["in_step"] is True and found["entries"] == {"Test": ["*.a.example.net", "a.example.com"]}
    assert found["tls"] == {
        "protocol_detection_of_list": "unknown",
        "lowest_version_by_profile": {"strict": "tls1-2"},
    }
    assert [(one["rulebase"], one["action"], one["enabled"]) for one in found["used_by"]] == [
        ("security", "allow", True)
    ]
    assert PASSWORD not in str(found)


def test_progress_of_the_commit_is_told(firewall: PanosTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    make = firewall.make
    monkeypatch.setattr(firewall, "make", lambda given, _progress: make(given, told.append))
    firewall.simulator.jobs.steps = 4
    firewall.present(*A)
    assert [text for text in told if text.startswith("commit")] == [
        "commit: 25 %",
        "commit: 50 %",
        "commit: 75 %",
        "commit: 100 %",
    ]


def test_a_firewall_without_the_vsys_says_so(firewall: PanosTarget) -> None:
    with pytest.raises(Refused, match=r"vsys2 is not a valid scope.*Nothing was changed\."):
        firewall.present(*A, vsys="vsys2")
    assert isinstance(firewall.simulator, Panos)
