# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""Lines of a Squid's access.log, whatever stands in them. Pure.

Known are the formats that Squid itself defines (Squid 3 to 7, src/format/Config and squid.conf.documented, logformat):

squid      %ts.%03tu %6tr %>a %Ss/%03>Hs %<st %rm %ru …
combined   %>a %[ui %[un [%tl] "%rm %ru HTTP/%rv" %>Hs %<st "%{Referer}>h" "%{User-Agent}>h" %Ss:%Sh, and common

A site may put fields of its own behind either, and syslog its own before the first.
"""

from __future__ import annotations

import calendar
import re
import typing as t

LONGEST = 64 * 1024
"""The longest line that is read as one; Squid's own addresses are far shorter."""

_SQUID = re.compile(
    r"(?:.{0,200}[ :])?([0-9]{9,11}\.[0-9]{3}) +-?[0-9]+ (\S{1,255}) ([A-Z_]{1,60})/([0-9]{3}) (?:[0-9]+|-) "
    r"(\S{1,32}) (\S+)"
)
_COMBINED = re.compile(
    r"(\S{1,255}) \S+ \S+ "
    r"\[([0-9]{2})/([A-Z][a-z]{2})/([0-9]{4}):([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})\] "
    r'"(\S{1,32}) (\S+)(?: [A-Z]+/[0-9.]+)?" ([0-9]{3}) (?:[0-9]+|-)(?= )(?:.* )?([A-Z_]{1,60}):[A-Z_]{1,60}\b'
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TUNNEL = re.compile(r"(\[[0-9A-Fa-f:.%]{2,60}\]|[^\[\]/:@?#]{1,255}):([0-9]{1,5})")
_ADDRESS = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]{0,20})://(?:[^/?#]*@)?"
    r"(\[[0-9A-Fa-f:.%]{2,60}\]|[^\[\]/:@?#]{1,255})(?::([0-9]{1,5}))?(/[^?#]*)?(?:[?#].*)?"
)
_PORTS = {"http": 80, "https": 443, "ftp": 21}
_LOGIN_WANTED = 407


class Request(t.NamedTuple):
    """One request that a client made and what became of it. `at` is in seconds since 1970.

    `scheme` and `path` are None where the proxy saw a CONNECT. A path has no query, since that may hold secrets.
    """

    at: float
    client: str
    denied: bool
    host: str
    port: int
    scheme: str | None = None
    path: str | None = None


def parse_line(line: str) -> Request | None:
    """Return the request that a line tells of; None where it is of neither format, or asks for nothing with a name."""
    found = _SQUID.match(line)
    if found:
        at, client, result, status, method, target = found.groups()
        return _request(float(at), client, result, int(status), method, target)
    found = _COMBINED.match(line)
    if found:
        client, day, month, year, hour, minute, second, sign, hours, minutes, method, target, status, result = (
            found.groups()
        )
        if month not in _MONTHS:
            return None
        moment = (int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second))
        offset = (int(hours) * 60 + int(minutes)) * 60
        at_utc = calendar.timegm(moment) - (offset if sign == "+" else -offset)
        return _request(float(at_utc), client, result, int(status), method, target)
    return None


def _request(at: float, client: str, result: str, status: int, method: str, target: str) -> Request | None:
    """Return the request, if its target can be understood.

    Denied is what Squid calls so, whatever status the answer had (a page of the site's own may come with another),
    and a 403 of a transaction that never got a result. That a login is asked for is no denial.
    """
    denied = ("DENIED" in result and status != _LOGIN_WANTED) or (result.startswith("NONE") and status == 403)
    if method == "CONNECT":
        found = _TUNNEL.fullmatch(target)
        if found is None or not 1 <= int(found[2]) <= 65535:
            return None
        return Request(at, client, denied, _name(found[1]), int(found[2]))
    found = _ADDRESS.fullmatch(target)
    if found is None:
        return None
    scheme = found[1].lower()
    port = int(found[3]) if found[3] else _PORTS.get(scheme, 0)
    if not 1 <= port <= 65535:
        return None
    return Request(at, client, denied, _name(found[2]), port, scheme, found[4] or "/")


def _name(host: str) -> str:
    return host.lower().rstrip(".") or host
