# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of each platform: the options of its module under one name."""

from __future__ import annotations

from ansible_collections.managed_desktop.network.plugins.plugin_utils._variable import (
    APPLIANCES,
    APPLY,
    Variable,
)


def platforms() -> tuple[Variable, ...]:
    """Return a variable for each platform, which has the options of its module."""
    return (
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
        Variable("max_categories", "int", "How many custom URL categories the tenant may have."),
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
        Variable("max_entries", "int", "How many entries the list may have."),
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
