# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several dialects have, checked once. Pure, no input or output."""

from __future__ import annotations

import re
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.managed_desktop.network.plugins.plugin_utils._hosts import quoted

PRIVATE_CLIENTS: t.Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10")


class OptionError(ValueError):
    """An option of the dialect that does not fit; the message names it."""


def list_name(value: t.Any) -> str:
    """Return the name of a list.

    Raises:
        OptionError: it would not stay one word in a path, a comment or an identifier.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,19}", str(value)):
        raise OptionError(
            f"name: {quoted(str(value))} is no list name; it has 1 to 20 lower-case letters, digits and underscores"
            " and begins with a letter"
        )
    return str(value)


def checked_choice(key: str, value: t.Any, choices: t.Sequence[str]) -> str:
    """Return a value if it is one of its choices."""
    if value not in choices:
        raise OptionError(f"{key}: {quoted(str(value))} is none of {', '.join(choices)}")
    return str(value)


def checked_networks(key: str, values: t.Iterable[t.Any]) -> tuple[str, ...]:
    """Return networks sorted, each written canonically."""
    return tuple(sorted(_network(key, value) for value in values))


def checked_clients(values: t.Iterable[t.Any]) -> tuple[str, ...]:
    """Return the networks whose clients may use a list."""
    clients = checked_networks("clients", values)
    if not clients:
        raise OptionError("clients: the list is empty, so nobody could use the allow-list")
    return clients


def _network(key: str, text: t.Any) -> str:
    import ipaddress

    try:
        return str(ipaddress.ip_network(str(text)))
    except ValueError as error:
        raise OptionError(f"{key}: {quoted(str(text))} is no network ({error})") from error


def checked_flag(key: str, value: t.Any) -> bool:
    """Return whether an option is set, as Ansible reads ``yes`` and ``no``; None is no.

    Raises:
        OptionError: it says neither.
    """
    try:
        return bool(boolean(value or False))
    except TypeError as error:
        raise OptionError(f"{key}: {quoted(str(value))} is neither true nor false") from error
