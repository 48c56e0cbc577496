# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""How intermediaries sign the answers that are theirs and not the origin's."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._probe.answer import Answer
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.causes import ALLOWED, UNKNOWN, StageError
from ansible_collections.managed_desktop.network.plugins.module_utils._probe.text import printable

# Squid's template names for what can only fail after http_access has let the request pass: the file errors/templates
# of its distribution, and squid 5.7 observed for the first five (refused connection, dead name by CONNECT and by GET,
# silent origin, broken TLS).
_SQUID_AFTER_ACCESS = frozenset(
    {
        "ERR_CONNECT_FAIL",
        "ERR_CANNOT_FORWARD",
        "ERR_READ_ERROR",
        "ERR_READ_TIMEOUT",
        "ERR_SECURE_CONNECT_FAIL",
        "ERR_DNS_FAIL",
        "ERR_WRITE_ERROR",
        "ERR_ZERO_SIZE_OBJECT",
        "ERR_LIFETIME_EXP",
        "ERR_INVALID_RESP",
        "ERR_GATEWAY_FAILURE",
    }
)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What answers CONNECT like this is a web server, no proxy: it does not know the method or takes it for a path.
_NO_PROXY = frozenset({400, 404, 405, 501})


class Mark(t.NamedTuple):
    """A sign that an answer is an intermediary's own: where to look, and for what.

    `where` is ``body`` or the name of a header field; `statuses` are those that count, all where empty. `refuses` is
    false where the intermediary let the request pass and only then failed.
    """

    product: str
    where: str
    looks_like: re.Pattern[str]
    statuses: frozenset[int] = frozenset()
    refuses: bool = True


MARKS: t.Final = (
    # tinyproxy 1.11.1, observed: 403 with the reason "Filtered", for CONNECT and GET alike; 500 "Unable to connect" for
    # what its filter let pass.
    Mark("tinyproxy", "server", re.compile(r"^tinyproxy\b", re.I), frozenset({403})),
    Mark("tinyproxy", "server", re.compile(r"^tinyproxy\b", re.I), frozenset({500, 502, 503, 504}), refuses=False),
    # e2guardian 5.3.5, observed: CONNECT 302 with Server and Location; GET 200 with nothing but the page itself, and
    # with another page for a listed name that does not exist.
    Mark("e2guardian", "server", re.compile(r"^e2guardian\b", re.I), _REDIRECTS | {403}),
    Mark("e2guardian", "location", re.compile(r"//internal\.test\.e2guardian\.org", re.I)),
    Mark("e2guardian", "body", re.compile(r"<!--\s*Custom E2 Guardian Block page", re.I), frozenset({200})),
    Mark("e2guardian", "body", re.compile(r"<!--\s*Custom E2 Guardian err", re.I), frozenset({200}), refuses=False),
)


def refused_by_filter(answer: Answer, block_pages: t.Sequence[re.Pattern[str]]) -> StageError | None:
    """Return what an answer says on behalf of an intermediary, or None where it bears no such sign.

    `block_pages` are the site's own patterns; they are searched in the Location and in the first part of the body.
    """
    if answer.status == 407:
        return StageError("proxy_auth_required", _login_wanted(answer), status=407)
    squid = answer.fields.get("x-squid-error")
    if squid is not None:
        return _said_by_squid(answer, squid)
    body = answer.body.decode("latin-1")
    for mark in MARKS:
        if mark.statuses and answer.status not in mark.statuses:
            continue
        text = body if mark.where == "body" else answer.fields.get(mark.where, "")
        if mark.looks_like.search(text):
            said = f"{mark.product} answers {answer.line}"
            if not mark.refuses:
                return _failed_upstream(answer, f"{said}, after it had let the request pass", ALLOWED)
            return StageError("proxy_denied", said, status=answer.status)
    text = f"{answer.fields.get('location', '')}\n{answer.body.decode('utf-8', 'replace')}"
    for pattern in block_pages:
        found = pattern.search(text)
        if found:
            said = f"{answer.line}, a page that looks like a block page: '{printable(found.group(0), 60)}'"
            return StageError("proxy_denied", said, status=answer.status)
    return None


def refused_by_proxy(answer: Answer, block_pages: t.Sequence[re.Pattern[str]]) -> StageError | None:
    """Return why a proxy did not open the tunnel, or None where it did; CONNECT is always answered by the proxy."""
    signed = refused_by_filter(answer, block_pages)
    if signed is not None:
        return signed
    if 200 <= answer.status < 300:
        return None
    said = f"the proxy answers CONNECT with {answer.line}"
    if answer.status >= 500 and answer.status not in _NO_PROXY:
        return _failed_upstream(answer, said, UNKNOWN)
    if answer.status in _NO_PROXY:
        return StageError("proxy_unreachable", f"{said}: this is no proxy", status=answer.status)
    if answer.status in _REDIRECTS:
        said = f"{said} and sends to {printable(answer.fields.get('location'), 80)}"
    return StageError("proxy_denied", said, status=answer.status)


def _said_by_squid(answer: Answer, squid: str) -> StageError:
    said = f"Squid answers {answer.line}, {squid}"
    if squid.split(" ", 1)[0] in _SQUID_AFTER_ACCESS:
        said += ", which it meets only after its access rules let a request pass"
        return _failed_upstream(answer, said, ALLOWED)
    return StageError("proxy_denied", said, status=answer.status)


def _failed_upstream(answer: Answer, said: str, policy: str) -> StageError:
    return StageError("proxy_upstream_failed", said, policy=policy, status=answer.status)


def _login_wanted(answer: Answer) -> str:
    scheme = answer.fields.get("proxy-authenticate", "").split(" ", 1)[0]
    return f"the proxy wants a login ({scheme or 'no scheme named'}): {answer.line}"
