# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every variable with which an inventory tells the roles and lookups what to do, once.

`tools/variables.py` makes the roles' argument specifications, their defaults and the page docs/variables.md from it,
and the filter `unknown_variables` refuses whatever is not in it.
"""

from __future__ import annotations

import difflib
import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._selection_options import SELECTION_OPTIONS
from ansible_collections.managed_desktop.network.plugins.plugin_utils._variable import (
    APPLIANCES,
    APPLY,
    DOCUMENTED,
    DRIFT,
    PLAN,
    PREFIX,
    TEST_HOSTS,
    UPDATE,
    VERIFY,
    Variable,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._variables_change import change
from ansible_collections.managed_desktop.network.plugins.plugin_utils._variables_platforms import platforms
from ansible_collections.managed_desktop.network.plugins.plugin_utils._variables_update import update

_DEFAULTS: t.Final[dict[str, t.Any]] = {"sources": ["managed_desktop"]}
_ALSO: t.Final[dict[str, tuple[str, ...]]] = {"catalogue_dir": (UPDATE,)}
_UNSET: t.Final[dict[str, t.Any]] = {"list": [], "str": "", "path": ""}


def _selection() -> tuple[Variable, ...]:
    """Return a variable for each option that chooses endpoints; the fragment ``selection`` describes them."""
    return tuple(
        Variable(
            name,
            specification["type"],
            DOCUMENTED,
            (APPLY, VERIFY, *_ALSO.get(name, ())),
            default=_DEFAULTS.get(name, specification.get("default", _UNSET.get(specification["type"]))),
            elements=specification.get("elements"),
            choices=tuple(specification.get("choices", ())),
        )
        for name, specification in SELECTION_OPTIONS.items()
    )


def _appliance() -> tuple[Variable, ...]:
    return (
        Variable(
            "platform",
            "str",
            "What the appliance is: squid, nftables, rpz, pac, feed, panos, fortios, checkpoint or zia.",
            (APPLY,),
            APPLIANCES,
            default="",
        ),
        Variable(
            "name",
            "str",
            "The name of the list. One appliance can have several; each touches nothing of the others.",
            (APPLY,),
            APPLIANCES,
            default="managed_desktop",
        ),
        Variable(
            "clients",
            "list",
            "The networks whose clients may use the list. The private ranges if empty.",
            (APPLY,),
            APPLIANCES,
            elements="str",
            default=[],
        ),
        Variable(
            "confirm_within",
            "int",
            (
                "Have the appliance take a change back by itself after this many seconds, unless the module confirms "
                "it with state confirmed before. 0 lets a change last at once. Without effect on panos, fortios, "
                "checkpoint and zia, which have nothing that could."
            ),
            (APPLY,),
            APPLIANCES,
            default=0,
        ),
        Variable(
            "accept_loss",
            "list",
            (
                "What you accept that the appliance cannot do exactly as written, each item "
                "{host, result, reason} or {property, reason}; ports that the site blocks are "
                "{property: site_ports, ports, reason}. A run that stops prints the lines to put here. Test hosts "
                "behind the appliance do not ask for what is accepted as not working. In a mixed fleet set it for the "
                "group of each platform: an item with a host that a platform does not lose stops its run."
            ),
            (APPLY,),
            APPLIANCES,
            elements="dict",
            default=[],
        ),
        *platforms(),
    )


def _verification() -> tuple[Variable, ...]:
    roles, group = (VERIFY,), TEST_HOSTS
    return (
        Variable(
            "via",
            "str",
            "The way out of the test host, direct or an explicit proxy as http://host:port. It has no default.",
            roles,
            group,
            default="",
        ),
        Variable(
            "behind",
            "list",
            "The appliances that the test host's traffic crosses, by their names in the inventory.",
            roles,
            group,
            elements="str",
            default=[],
        ),
        Variable(
            "denied_names",
            "list",
            "Names that the network must refuse, besides example.com and example.net. Only what you may ask for.",
            roles,
            elements="str",
            default=[],
        ),
        Variable(
            "reference_endpoint",
            "str",
            (
                "A host, or host:port, on the list that is known to speak TLS 1.2 and 1.3. "
                "Handshakes pinned to each version show whether an appliance on the way breaks TLS 1.2."
            ),
            roles,
            default="www.microsoft.com",
        ),
        Variable("proxy_username", "str", "The user name for a proxy that asks for a login.", roles, group, ""),
        Variable(
            "proxy_password", "str", "The password for a proxy that asks for a login.", roles, group, "", secret=True
        ),
        Variable(
            "ca_file",
            "str",
            (
                "A file on the test host with certificate authorities in PEM, trusted besides the host's own; "
                "needed where the network inspects TLS with an authority of its own."
            ),
            roles,
            group,
            default="",
        ),
        Variable(
            "expected_issuers",
            "list",
            "Who may issue the endpoints' certificates. Any other issuer is interception and fails the probe.",
            roles,
            elements="str",
            default=[],
        ),
        Variable(
            "block_page",
            "list",
            "Regular expressions by which your block page is known.",
            roles,
            elements="str",
            default=[],
        ),
        Variable(
            "fail_on_unknown",
            "bool",
            (
                "Fail also where something is unknown. Without it a dead name that was neither let through nor refused "
                "is only shown; a test host where nothing could be proved fails in any case."
            ),
            roles,
            group,
            default=False,
            own=True,
        ),
        Variable("probe_timeout", "float", "How many seconds one probe may take.", roles, default=15.0),
        Variable("probe_concurrency", "int", "How many probes a test host runs at once.", roles, default=32),
    )


def _reports() -> tuple[Variable, ...]:
    return (
        Variable(
            "report_dir",
            "str",
            (
                "A directory on the controller for plan.json; drift.json, drift.xml (JUnit) and drift.prom (for the "
                "textfile collector of Prometheus' node exporter); reachability.json and reachability.xml (JUnit). "
                "None are written where it is not set, nor in check mode."
            ),
            (PLAN, VERIFY, DRIFT),
            default="",
        ),
        Variable(
            "correct",
            "bool",
            (
                "Put right what has drifted, instead of only telling it. Where changes are kept, the playbook does so "
                "by a change of its own, and the role at once."
            ),
            (DRIFT,),
            APPLIANCES,
            default=False,
            own=True,
        ),
        Variable(
            "fail",
            "bool",
            "Fail at the end where drift was found and not corrected, so that a schedule notices.",
            (DRIFT,),
            APPLIANCES,
            default=True,
            own=True,
        ),
    )


VARIABLES: t.Final = (*_selection(), *_appliance(), *_verification(), *_reports(), *change(), *update())


def of_role(role: str) -> list[Variable]:
    """Return the variables that one role reads."""
    return [variable for variable in VARIABLES if role in variable.roles]


def known_names() -> list[str]:
    """Return every name that may be set, shared and of a role, sorted."""
    names = {variable.shared_name for variable in VARIABLES}
    names.update(variable.role_name(role) for variable in VARIABLES for role in variable.roles)
    return sorted(names)


def unknown(names: t.Iterable[str], mappings: t.Mapping[str, t.Any] | None = None) -> list[str]:
    """Return one sentence for each of `names` that nobody reads, with the nearest known name where there is one.

    So it does for the keys of `mappings`, which are values by the name of their variable.
    """
    known = known_names()
    # The prefix, which all share, would make any two names look alike.
    endings = [name[len(PREFIX) :] for name in known]
    sentences = []
    for name in sorted(set(names) - set(known)):
        near = difflib.get_close_matches(name[len(PREFIX) :].casefold(), endings, n=1, cutoff=0.6)
        hint = f"Did you mean {PREFIX}{near[0]}?" if near else "No known name is near it."
        sentences.append(f"There is no variable {ascii(name)[1:-1]}. {hint}")
    for name, value in (mappings or {}).items():
        sentences += _unknown_keys(name, value)
    return sentences


def _unknown_keys(name: str, value: t.Any) -> t.Iterator[str]:
    keys = [option.name for variable in VARIABLES if variable.shared_name == name for option in variable.options]
    for key in sorted(map(str, value)) if keys and isinstance(value, t.Mapping) else ():
        if key not in keys:
            near = difflib.get_close_matches(key.casefold(), keys, n=1, cutoff=0.6)
            hint = f"Did you mean {near[0]}?" if near else "No known key is near it."
            yield f"{name} has no key {ascii(key)[1:-1]}. {hint}"
