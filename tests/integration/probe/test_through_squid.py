# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the prober sees through a real Squid: plain, bumping, and filtering by server name."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from conftest import Ask, Origins
from programs import Authority, Server, Squid, answering, free_port, tls_context


def both(origin_ca: Authority, inspection_ca: Authority, folder: Path) -> str:
    """Return a file with both authorities' certificates: the trust store of a device under inspection."""
    path = folder / "both.pem"
    path.write_bytes(origin_ca.certificate.read_bytes() + inspection_ca.certificate.read_bytes())
    return str(path)


@pytest.fixture()
def plain(squid: Squid) -> str:
    return f"http://127.0.0.1:{squid.plain}"


@pytest.fixture()
def bumping(squid: Squid) -> str:
    return f"http://127.0.0.1:{squid.bump}"


@pytest.fixture()
def filtering(squid: Squid) -> str:
    return f"http://127.0.0.1:{squid.filter}"


@pytest.mark.parametrize("scheme, stages", [("https", ["tcp", "connect", "tls", "http"]), ("http", ["tcp", "http"])])
def test_an_allowed_host_is_ok_and_every_stage_is_timed(
    ask: Ask, plain: str, origins: Origins, scheme: str, stages: list[str]
) -> None:
    seen = ask("allowed.test", getattr(origins, scheme), scheme, plain)
    assert (seen["cause"], seen["policy"], seen["service"], seen["passed"]) == ("ok", "allowed", "ok", True)
    assert seen["status"] == 200
    assert list(seen["stages"]) == stages
    assert all(0 < taken < 5000 for taken in seen["stages"].values())


def test_names_are_not_resolved_locally_where_a_proxy_does_it(ask: Ask, plain: str, origins: Origins) -> None:
    seen = ask("allowed.test", origins.https, "https", plain)  # a name that only Squid's hosts file knows
    assert "dns" not in seen["stages"]
    assert "address" not in seen


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("expect, passed", [("allowed", False), ("denied", True)])
def test_a_denied_host_is_a_positive_refusal(
    ask: Ask, plain: str, origins: Origins, scheme: str, expect: str, passed: bool
) -> None:
    seen = ask("denied.test", getattr(origins, scheme), scheme, plain, expect=expect)
    assert (seen["cause"], seen["policy"], seen["status"], seen["passed"]) == ("proxy_denied", "denied", 403, passed)
    assert "ERR_ACCESS_DENIED" in seen["evidence"]["said"]


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_redirect_to_a_block_page_is_a_refusal(ask: Ask, plain: str, origins: Origins, scheme: str) -> None:
    seen = ask("blocked.test", getattr(origins, scheme), scheme, plain)
    assert (seen["cause"], seen["policy"]) == ("proxy_denied", "denied")
    assert seen["status"] in (302, 307)


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_the_origins_own_403_is_reachable(ask: Ask, plain: str, origins: Origins, scheme: str) -> None:
    seen = ask("allowed.test", getattr(origins, scheme), scheme, plain, path="/forbidden")
    assert (seen["cause"], seen["policy"], seen["status"], seen["passed"]) == ("ok", "allowed", 403, True)


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_the_origins_own_500_is_no_failure_of_the_policy(ask: Ask, plain: str, origins: Origins, scheme: str) -> None:
    seen = ask("allowed.test", getattr(origins, scheme), scheme, plain, path="/broken")
    assert (seen["cause"], seen["policy"], seen["service"]) == ("http_status", "allowed", "failed")
    assert seen["passed"] is True


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("host", ["allowed.test", "no-such-name.test"])
def test_what_is_dead_behind_squid_passed_its_rules(
    ask: Ask, plain: str, origins: Origins, scheme: str, host: str
) -> None:
    seen = ask(host, origins.closed, scheme, plain)
    assert (seen["cause"], seen["policy"], seen["service"]) == ("proxy_upstream_failed", "allowed", "failed")
    assert ask(host, origins.closed, scheme, plain, expect="denied")["passed"] is False


def test_a_proxy_that_is_not_there_is_unreachable(ask: Ask, origins: Origins) -> None:
    seen = ask("allowed.test", origins.https, "https", f"http://127.0.0.1:{free_port()}")
    assert (seen["cause"], seen["policy"], seen["passed"]) == ("proxy_unreachable", "unknown", None)


def test_a_web_server_is_not_taken_for_a_proxy(ask: Ask, origins: Origins) -> None:
    server = Server(answering("405 Method Not Allowed"))
    seen = ask("allowed.test", origins.https, "https", f"http://127.0.0.1:{server.port}")
    server.close()
    assert (seen["cause"], seen["policy"]) == ("proxy_unreachable", "unknown")


def test_a_login_is_asked_for_and_then_given(
    ask: Ask, folder: Path, inspection_ca: Authority, origins: Origins
) -> None:
    asking = Squid(folder / "squid-login", inspection_ca, login=True)
    via = f"http://127.0.0.1:{asking.plain}"
    try:
        for scheme, port in (("https", origins.https), ("http", origins.http)):
            seen = ask("allowed.test", port, scheme, via)
            assert (seen["cause"], seen["policy"], seen["passed"]) == ("proxy_auth_required", "unknown", None)
            spared = ask("allowed.test", port, scheme, via, treatments=["allow", "bypass_authentication"])
            assert spared["passed"] is False
            assert ask("allowed.test", port, scheme, via, username="probe", password="s:ecret")["cause"] == "ok"
    finally:
        asking.close()


# -- a port that breaks TLS open ---------------------------------------------------------------------------------


def test_a_refusal_within_a_bumped_tunnel_is_a_refusal(
    ask: Ask, bumping: str, origins: Origins, origin_ca: Authority, inspection_ca: Authority, folder: Path
) -> None:
    trusted = both(origin_ca, inspection_ca, folder)
    for more in ({}, {"expected_issuers": ("Origin-CA",)}):
        seen = ask("denied.test", origins.https, "https", bumping, ca_file=trusted, expect="denied", **more)
        assert (seen["cause"], seen["policy"], seen["passed"]) == ("proxy_denied", "denied", True)
        assert list(seen["stages"]) == ["tcp", "connect", "tls", "http"]


def test_without_trust_in_the_inspection_nothing_is_sent_and_nothing_proved(
    ask: Ask, bumping: str, origins: Origins
) -> None:
    seen = ask("denied.test", origins.https, "https", bumping, expect="denied")
    assert (seen["cause"], seen["policy"], seen["passed"]) == ("tls_untrusted", "unknown", None)
    assert "Inspection-CA" in seen["issuer"]
    assert "http" not in seen["stages"]


def test_an_unexpected_issuer_is_interception_trusted_or_not(
    ask: Ask, bumping: str, plain: str, origins: Origins, origin_ca: Authority, inspection_ca: Authority, folder: Path
) -> None:
    expected = {"expected_issuers": ("Origin-CA",)}
    trusted = ask(
        "allowed.test", origins.https, via=bumping, ca_file=both(origin_ca, inspection_ca, folder), **expected
    )
    assert (trusted["cause"], trusted["policy"], trusted["passed"]) == ("tls_intercepted", "allowed", False)
    untrusted = ask("allowed.test", origins.https, via=bumping, **expected)
    assert (untrusted["cause"], untrusted["policy"], untrusted["passed"]) == ("tls_intercepted", "unknown", False)
    assert "Inspection-CA" in untrusted["issuer"]
    assert ask("allowed.test", origins.https, via=plain, **expected)["cause"] == "ok"


def test_trusted_inspection_passes_where_nobody_says_otherwise(
    ask: Ask, bumping: str, origins: Origins, origin_ca: Authority, inspection_ca: Authority, folder: Path
) -> None:
    seen = ask("allowed.test", origins.https, via=bumping, ca_file=both(origin_ca, inspection_ca, folder))
    assert (seen["cause"], seen["passed"]) == ("ok", True)
    assert "Inspection-CA" in seen["issuer"]


def test_what_is_dead_behind_a_bumping_port_is_told_within_the_tunnel(
    ask: Ask, bumping: str, origins: Origins, origin_ca: Authority, inspection_ca: Authority, folder: Path
) -> None:
    seen = ask("allowed.test", origins.closed, via=bumping, ca_file=both(origin_ca, inspection_ca, folder))
    assert (seen["cause"], seen["policy"]) == ("proxy_upstream_failed", "allowed")


# -- a port that cuts server names that are not listed -----------------------------------------------------------


def test_a_server_name_filter_cuts_after_the_client_hello(ask: Ask, filtering: str, origins: Origins) -> None:
    assert ask("allowed.test", origins.https, via=filtering)["cause"] == "ok"
    seen = ask("unlisted.test", origins.https, via=filtering, expect="denied")
    assert (seen["cause"], seen["policy"], seen["passed"]) == ("tls_reset", "denied", True)
    made_up = ask("unlisted.test", origins.https, via=filtering, made_up=True)
    assert (made_up["cause"], made_up["policy"], made_up["passed"]) == ("tls_reset", "unknown", None)


# -- the origin's own TLS ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("through", ["proxy", "direct"])
def test_a_server_that_is_too_old_is_told_from_one_that_is_cut(
    ask: Ask, plain: str, origins: Origins, through: str
) -> None:
    host, via = ("allowed.test", plain) if through == "proxy" else ("127.0.0.1", "direct")
    seen = ask(host, origins.tls_1_1, via=via)
    assert (seen["cause"], seen["policy"], seen["tls_version"]) == ("tls_version", "unknown", "1.1")


def test_handshakes_are_pinned_to_exactly_one_version(ask: Ask, plain: str, origins: Origins) -> None:
    for version in ("1.2", "1.3"):
        pinned = ask("allowed.test", origins.https, via=plain, tls={"min": version, "max": version})
        assert (pinned["cause"], pinned["tls_version"]) == ("ok", version)
    assert ask("allowed.test", origins.tls_1_3, via=plain, tls={"min": "1.2", "max": "1.2"})["cause"] == "tls_version"
    assert ask("allowed.test", origins.tls_1_2, via=plain, tls={"min": "1.3", "max": "1.3"})["cause"] == "tls_version"


def test_a_certificate_for_another_name_is_untrusted(ask: Ask, plain: str, origin_ca: Authority) -> None:
    server = Server(answering(), tls_context(origin_ca.issue("other", ["other.test"])))
    seen = ask("allowed.test", server.port, via=plain)
    server.close()
    assert (seen["cause"], seen["passed"]) == ("tls_untrusted", None)
    assert "Origin-CA" in seen["issuer"]
    assert "mismatch" in seen["evidence"]["said"].lower()


def test_an_expired_certificate_is_untrusted_even_from_an_expected_issuer(
    ask: Ask, plain: str, origin_ca: Authority
) -> None:
    certificate = origin_ca.issue("expired", ["allowed.test"], days=0)
    time.sleep(1.1)
    server = Server(answering(), tls_context(certificate))
    seen = ask("allowed.test", server.port, via=plain, expected_issuers=("Origin-CA",))
    server.close()
    assert seen["cause"] == "tls_untrusted"
    assert "expired" in seen["evidence"]["said"]
