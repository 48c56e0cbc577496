# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints to compile: one list with every kind, and random ones over so few labels that they overlap in every way."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._endpoints import Endpoint
from hypothesis import strategies as st

EVERY_KIND = [
    Endpoint.from_dict(fields)
    for fields in (
        {"host": "apex.example", "service": "Store"},
        {"host": "*.apex.example", "service": "Updates"},
        {"host": "*.below.example", "service": "Updates"},
        {"host": "www.below.example", "service": "Store"},
        {"host": "exact.example"},
        {"host": "c*.glob.example", "service": "Store"},
        {"host": "*.*.glob.example"},
        {"host": "b.*.glob.example"},
        {"host": "path.example", "path": "/connect(test).txt", "service": "Updates"},
        {"host": "path.example", "path": "/dist/*", "tcp_ports": [80, 8080]},
        {"network": "192.0.2.0/24"},
        {"network": "2001:db8::/32"},
        {"host": "pinned.example", "tcp_ports": [443], "treatments": ["bypass_inspection"]},
        {"host": "both.example", "tcp_ports": [443], "treatments": ["bypass_inspection", "bypass_authentication"]},
        {"host": "login.example", "tcp_ports": ["8000-8010"], "treatments": ["bypass_authentication"]},
        {"host": "many.example", "tcp_ports": [1, 3, 5, 7, 9, 11, 13, 15, 17, 19]},
        {"host": "turn.example", "udp_ports": [3478]},
    )
]

_LABELS = ("a", "b", "cdn", "x-y")
_GLOBS = ("*cdn", "a*", "*b*", "a*b", "*")
_TOPS = ("example", "test", "a.example")
_TREATMENTS = (
    *[()] * 3,
    ("bypass_inspection",),
    ("bypass_authentication",),
    ("bypass_authentication", "bypass_inspection"),
)


def _host(labels: t.Sequence[str], lead: str, top: str) -> str:
    return ".".join([*([lead] if lead else []), *labels, top])


hosts = st.builds(
    _host,
    st.lists(st.sampled_from(_LABELS), max_size=2),
    st.sampled_from(["a", "b", "*", "*", "*.*", "cdn.*", *_GLOBS]),
    st.sampled_from(_TOPS),
)
ports = st.sampled_from([[80, 443], [80, 443], [443], [80], [8080], [443, 8443], ["8000-8100"], ["1-65535"]])
paths = st.sampled_from([None, None, None, None, None, "/ncsi.txt", "/a/b-c_d.e", "/dist/*", "/(x)+$", "/*"])
endpoints = st.one_of(
    *[
        st.builds(
            lambda host, tcp_ports, path, treatments: Endpoint.from_dict(
                {"host": host, "tcp_ports": tcp_ports, "path": path, "treatments": treatments}
            ),
            hosts,
            ports,
            paths,
            st.sampled_from(_TREATMENTS),
        )
    ]
    * 9,
    st.builds(
        lambda network, tcp_ports: Endpoint.from_dict({"network": network, "tcp_ports": tcp_ports}),
        st.sampled_from(["192.0.2.0/24", "198.51.100.0/24"]),
        ports,
    ),
)
lists = st.lists(endpoints, max_size=15)
