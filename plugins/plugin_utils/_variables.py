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
    CONTROLLER,
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
            "What the appliance is: one of the files in the role's tasks/platform, such as squid.",
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
                "it with state confirmed before. 0 lets a change last at once."
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
                "behind the appliance do not ask for what is accepted as not working."
            ),
            (APPLY,),
            elements="dict",
            default=[],
        ),
        _platform("squid", "squid_allowlist", _squid()),
        _platform("rpz", "rpz_allowlist", _rpz()),
        _platform("nftables", "nftables_allowlist", _nftables()),
        _platform("pac", "pac_file", _pac()),
        _platform("feed", "feed_file", _feed()),
        _platform("zia", "zia_allowlist", _zia()),
        _platform("fortios", "fortios_allowlist", _fortios()),
        _platform("checkpoint", "checkpoint_allowlist", _checkpoint()),
        _platform("panos", "panos_allowlist", _panos()),
    )


def _platform(name: str, module: str, options: tuple[Variable, ...]) -> Variable:
    return Variable(
        name,
        "dict",
        (
            f"Options of one platform, as M(managed_desktop.network.{module}) documents them. "
            "What is not set has the module's default."
        ),
        (APPLY,),
        APPLIANCES,
        default={},
        options=options,
    )


def _rpz() -> tuple[Variable, ...]:
    return (
        Variable("server", "str", "What the resolver is.", choices=("bind", "unbound", "pdns_recursor")),
        Variable("zone_dir", "path", "The directory for the zone files, where the server may read them."),
        Variable("control", "list", "The server's control program with its own arguments.", elements="str"),
        Variable("resolver_address", "str", "The address at which the host asks the resolver which list runs."),
        Variable("resolver_port", "int", "The port of it."),
        Variable("backup_dir", "path", "The directory for back-ups, on the host."),
        Variable("activation_timeout", "float", "How many seconds the server may take to answer by a new list."),
        Variable("widen_globs", "bool", "Let all names of the domain behind a star inside a label pass."),
    )


def _panos() -> tuple[Variable, ...]:
    return (
        *_api_device(),
        Variable("username", "str", "The administrator whose changes are committed."),
        Variable("password", "str", "The password of the administrator, if there is no API key.", secret=True),
        Variable("api_key", "str", "An API key of the administrator, if there is no password.", secret=True),
        Variable("vsys", "str", "The virtual system, or shared for all of them."),
        Variable("device_group", "str", "The device group, on a Panorama."),
        Variable("category", "str", "The name of the custom URL category; that of the list if it is not set."),
        Variable(
            "access_rules",
            "str",
            "Whether rules are set, or categories only, which the site's own rules use.",
            choices=("none", "managed"),
        ),
        Variable("push", "str", "What of the device group is pushed to its firewalls.", choices=("own", "all", "none")),
        Variable(
            "offline_devices",
            "str",
            "What becomes of firewalls that are not connected to Panorama.",
            choices=("refuse", "skip"),
        ),
        Variable("from_zones", "list", "The zones that the rules are from.", elements="str"),
        Variable("to_zones", "list", "The zones that the rules are to.", elements="str"),
        Variable("rule_services", "list", "The services that the security rule opens.", elements="str"),
        Variable("max_entries", "int", "How many entries a category may have."),
        Variable("rule_position", "str", "Where a rule is put when it is made.", choices=("top", "bottom")),
    )


def _one_file() -> tuple[Variable, ...]:
    return (
        Variable("path", "path", "The file. Its directory has to be there."),
        Variable("mode", "str", "The mode of the file, in octal."),
        Variable("url", "str", "Where the file is served, as the host itself reaches it."),
        Variable("activation_timeout", "float", "How many seconds to wait until the file is served there."),
        Variable("backup_dir", "path", "The directory for back-ups, on the host."),
    )


def _pac() -> tuple[Variable, ...]:
    return (
        *_one_file(),
        Variable("proxies", "list", "Where everything goes that is not listed.", elements="str"),
        Variable("listed", "list", "Where the endpoints of the list go; DIRECT if it is not set.", elements="str"),
        Variable("bypass_inspection", "list", "Where endpoints go that must not be inspected.", elements="str"),
        Variable("bypass_authentication", "list", "Where endpoints go that must not need a login.", elements="str"),
    )


def _feed() -> tuple[Variable, ...]:
    return (
        *_one_file(),
        Variable(
            "feed_format",
            "str",
            "How the list is written.",
            choices=("panos_url", "fortigate_domain", "domains", "networks"),
        ),
        Variable(
            "plain_matches",
            "str",
            "What the reader of a plain list of names makes of a name.",
            choices=("exact", "subdomains"),
        ),
        Variable("max_entries", "int", "How many entries the reader takes."),
    )


def _api_device() -> tuple[Variable, ...]:
    """Return the variables of every platform that is managed through an API."""
    return (
        Variable("host", "str", "The name or address of the management API; that of the inventory if not set."),
        Variable("port", "int", "The port of it."),
        Variable("validate_certs", "bool", "Verify the device's certificate."),
        Variable("ca_path", "path", "A file on the controller with the authorities that are trusted for the device."),
        Variable("use_proxy", "bool", "Use the proxy that the controller's environment names."),
        Variable("timeout", "float", "How many seconds one answer of the device may take."),
        Variable("backup_dir", "path", "The directory for back-ups, on the controller."),
        Variable("activation_timeout", "float", "How many seconds the device may take to put a list in force."),
    )


def _zia() -> tuple[Variable, ...]:
    return (
        Variable("host", "str", "The host of the API, for a tenant that the cloud does not lead to."),
        *_api_device()[1:],
        Variable("cloud", "str", "The cloud of the tenant, without a domain."),
        Variable("username", "str", "The login ID of an administrator, for the API with sessions."),
        Variable("password", "str", "The password of it.", secret=True),
        Variable("api_key", "str", "The tenant's key of the cloud service API.", secret=True),
        Variable("client_id", "str", "The ID of an API client, for OneAPI."),
        Variable("client_secret", "str", "The secret of it.", secret=True),
        Variable("vanity_domain", "str", "The organization's own part of the login's address, for OneAPI."),
        Variable("login_host", "str", "Where tokens are given, for a tenant that the vanity domain does not lead to."),
        Variable("category", "str", "The name of the custom URL category; that of the list if it is not set."),
        Variable("inspection_category", "str", "The name of another category, for what is not to be inspected."),
        Variable("exempt_authentication", "bool", "Exempt from the login what wants none."),
        Variable("super_category", "str", "The super category of a category that is made."),
        Variable("adopt", "bool", "Take over a category of the list's name that is not ours."),
        Variable("widen_globs", "bool", "Let all names of the domain behind a star inside a label pass."),
        Variable("max_urls", "int", "How many custom URLs the tenant may have."),
    )


def _fortios() -> tuple[Variable, ...]:
    return (
        *_api_device(),
        Variable("access_token", "str", "The token of a REST API administrator.", secret=True),
        Variable("vdom", "str", "The virtual domain."),
        Variable(
            "method",
            "str",
            "Whether the list is an external resource or a URL filter table.",
            choices=("push_feed", "url_filter"),
        ),
        Variable("feed", "str", "The name of the external resource."),
        Variable("feed_type", "str", "The type of the feed.", choices=("domain", "category")),
        Variable("category", "int", "The number of the category of a feed that is to be made."),
        Variable("table_id", "int", "The number of the URL filter table."),
        Variable(
            "inspection_mode",
            "str",
            "How the policies will inspect that use the table, where no profile uses it yet.",
            choices=("proxy", "flow"),
        ),
        Variable(
            "entry_action",
            "str",
            "What the entries of a URL filter do.",
            choices=("exempt", "allow", "monitor"),
        ),
        Variable(
            "exempt",
            "list",
            "What an exempted URL skips.",
            elements="str",
            choices=(
                "activex-java-cookie",
                "all",
                "antiphish",
                "av",
                "dlp",
                "fortiguard",
                "pass",
                "range-block",
                "web-content",
            ),
        ),
        Variable("transaction_timeout", "int", "After how many idle seconds the device ends a transaction."),
    )


def _checkpoint() -> tuple[Variable, ...]:
    return (
        *_api_device(),
        Variable("username", "str", "The administrator who logs in."),
        Variable("password", "str", "His password.", secret=True),
        Variable("api_key", "str", "An API key, instead of both.", secret=True),
        Variable("domain", "str", "The domain, on a server of several domains."),
        Variable("cloud_mgmt_id", "str", "The identifier that Smart-1 Cloud puts before the path of the API."),
        Variable("application_site", "str", "The name of the application-site; that of the list if it is not set."),
        Variable("policy_package", "str", "The policy package that carries it to the gateways."),
        Variable("targets", "list", "Its installation targets, all of them if empty.", elements="str"),
        Variable("primary_category", "str", "The category of an application-site that is made anew."),
        Variable("install_others", "bool", "Whether what others have published is installed with the list."),
    )


def _squid() -> tuple[Variable, ...]:
    return (
        Variable("config_file", "path", "Squid's own configuration file. It is read, never written."),
        Variable("snippet_dir", "path", "The directory that the configuration includes."),
        Variable("snippet_prefix", "str", "What the snippet's file name begins with."),
        Variable("list_dir", "path", "The directory for list files."),
        Variable("backup_dir", "path", "The directory for back-ups, on the appliance."),
        Variable("executable", "path", "The Squid program."),
        Variable("service_name", "str", "The service name, where Squid was started with -n."),
        Variable("proxy_url", "str", "How the host itself reaches the proxy, as http://host:port."),
        Variable("activation_timeout", "float", "How many seconds Squid may take to run a new list."),
        Variable(
            "activation",
            "str",
            "Whether Squid reloads for each new list, or asks a helper that follows the list without a reload.",
            choices=("reconfigure", "helper"),
        ),
        Variable("helper_python", "path", "The Python that Squid's own user starts the helper with."),
        Variable(
            "access_rules",
            "str",
            "Whether allow rules are written, or ACLs only, which the site's own rules refer to.",
            choices=("managed", "none"),
        ),
        Variable("authentication_acl", "str", "The site's ACL that asks for a login."),
        Variable(
            "protocol_detection",
            "str",
            (
                "Whether TLS to the listed endpoints is spliced, and what Squid cannot parse tunnelled: "
                "the documents' remedy where TLS 1.2 breaks."
            ),
            choices=("unmanaged", "disabled"),
        ),
    )


def _nftables() -> tuple[Variable, ...]:
    return (
        Variable("config_file", "path", "The ruleset that the host loads when it starts. It is read, never written."),
        Variable("rules_dir", "path", "The directory that it includes, for the list's ruleset."),
        Variable("backup_dir", "path", "The directory for back-ups, on the appliance."),
        Variable("executable", "path", "The nft program."),
        Variable("dnsmasq_executable", "path", "The dnsmasq program."),
        Variable("dnsmasq_config_file", "path", "The configuration file of dnsmasq. It is read, never written."),
        Variable("dnsmasq_conf_dir", "path", "The directory that dnsmasq reads, for the list's fragment."),
        Variable("dnsmasq_pid_file", "path", "The file by which it is told whether dnsmasq runs."),
        Variable("dnsmasq_restart", "list", "The command that restarts dnsmasq.", elements="str"),
        Variable("dnsmasq_address", "str", "The address at which the firewall itself asks dnsmasq."),
        Variable("dnsmasq_port", "int", "The port at that address."),
        Variable("activation_timeout", "float", "How many seconds dnsmasq may take to run a new list."),
        Variable("untouched_networks", "list", "Destinations that the list says nothing about.", elements="str"),
        Variable("hooks", "list", "Where the list judges.", elements="str", choices=("forward", "output")),
        Variable(
            "everything_else",
            "str",
            "What becomes of what is not on the list.",
            choices=("reject", "drop", "leave"),
        ),
        Variable("mark", "int", "The packet mark of what is on the list, where everything else is left."),
        Variable("names", "str", "Whether names are followed.", choices=("dnsmasq", "none")),
        Variable("filter_dns", "bool", "Whether dnsmasq resolves no names beside the exact ones."),
        Variable("upstreams", "list", "The servers that resolve the listed names then.", elements="str"),
        Variable("timeout", "int", "How many seconds an address is kept after its last use."),
        Variable("limit_cache", "bool", "Whether dnsmasq caches no longer than that."),
        Variable(
            "learnt_addresses",
            "str",
            "Whether a new list keeps the addresses learnt so far.",
            choices=("keep", "forget"),
        ),
        Variable("warm_up", "float", "For how many seconds exact names are asked for after a restart of dnsmasq."),
        Variable("allow_lockout", "bool", "Whether a list may cut the connection by which Ansible came."),
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
            "Put right what has drifted, instead of only telling it.",
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


def _update() -> tuple[Variable, ...]:
    roles, group = (UPDATE,), CONTROLLER
    return (
        Variable(
            "feeds",
            "list",
            (
                "What to update, each a mapping of the keys below. The web service's list of Worldwide, with every "
                "service area, if not set."
            ),
            roles,
            group,
            elements="dict",
            default=[{"source": "microsoft365"}],
            options=_update_feed(),
            own=True,
        ),
        Variable(
            "max_removed",
            "float",
            "The share of the endpoints in force, in percent, that an update may take away unasked.",
            roles,
            group,
            default=10.0,
            own=True,
        ),
        Variable(
            "grace",
            "int",
            "For how many days an endpoint stays in force that its source no longer lists. With 0 it goes at once.",
            roles,
            group,
            default=30,
            own=True,
        ),
        Variable(
            "pinned",
            "list",
            "Host patterns and networks that no update may take away unasked.",
            roles,
            group,
            elements="str",
            default=[],
            own=True,
        ),
        Variable(
            "seen_version",
            "str",
            (
                "A version of the web service that a rulebook was told of. Where it is newer than what this controller "
                "has seen, the service is asked although it was asked less than an hour ago."
            ),
            roles,
            group,
            default="",
            own=True,
        ),
        Variable(
            "acknowledge",
            "list",
            "The digests of editions that wait, or at least the first 12 digits of them, to put them in force.",
            roles,
            group,
            elements="str",
            default=[],
            own=True,
        ),
        Variable(
            "ca_file",
            "str",
            (
                "A file on the controller with certificate authorities in PEM, trusted in place of the system's; for a "
                "mirror or a proxy with an authority of your own."
            ),
            roles,
            group,
            default="",
            own=True,
        ),
        Variable(
            "timeout", "float", "How many seconds one whole answer may take.", roles, group, default=30.0, own=True
        ),
        Variable(
            "fail_on_waiting",
            "bool",
            "Fail at the end where an edition waits to be acknowledged, so that a schedule notices.",
            roles,
            group,
            default=True,
            own=True,
        ),
    )


def _update_feed() -> tuple[Variable, ...]:
    return (
        Variable("source", "str", "The source, microsoft365 for the web service; with url the name of your list."),
        Variable("url", "str", "Where a list stands, https:// or file:///. The web service if not set."),
        Variable(
            "format",
            "str",
            "The format of the list at url.",
            choices=("auto", "markdown", "text", "yaml", "json", "csv"),
        ),
        Variable("base_url", "str", "Where the web service stands, if not at https://endpoints.office.com."),
        Variable(
            "instance",
            "str",
            "Which cloud's list to ask the web service for.",
            choices=("Worldwide", "China", "USGovDoD", "USGovGCCHigh"),
        ),
        Variable(
            "service_areas",
            "list",
            "The service areas to ask the web service for; all of them if not set.",
            elements="str",
            choices=("Common", "Exchange", "SharePoint", "Skype", "MEM"),
        ),
        Variable("tenant", "str", "Your tenant, if it shall be sent to the web service."),
        Variable("ipv6", "bool", "Whether to ask the web service for IPv6 networks too."),
    )


VARIABLES: t.Final = (*_selection(), *_appliance(), *_verification(), *_reports(), *change(), *_update())


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
