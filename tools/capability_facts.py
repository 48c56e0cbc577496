# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/capabilities.md says beside what is computed: a table in which every cell has its source.

A source is a page of ``docs/``, the https address of a vendor's page, or ``measured: ./run VERB``, which is where
anybody can see it happen. What no source tells is told as unknown.
"""

from __future__ import annotations

import typing as t

ASKED: t.Final = "measured: ./run conformance"
_BROKEN: t.Final = "measured: ./run faults"
_PUSHED: t.Final = "measured: ./run bench"
_TESTED: t.Final = "measured: ./run test"

PAN_URLS: t.Final = (
    "https://docs.paloaltonetworks.com/advanced-url-filtering/administration/configuring-url-filtering/"
    "url-category-exceptions/guidelines-for-url-category-exceptions"
)
_PAN_LISTS: t.Final = (
    "https://docs.paloaltonetworks.com/pan-os/7-1/pan-os-web-interface-help/objects/objects-external-dynamic-lists.html"
)
_PAN_MULTI: t.Final = (
    "https://docs.paloaltonetworks.com/pan-os/11-1/pan-os-panorama-api/pan-os-xml-api-request-types/"
    "configuration-api/multi-config-request-api"
)
FORTI_URLS: t.Final = (
    "https://community.fortinet.com/t5/FortiGate/Technical-Tip-URL-Filter-expressions-for-the-FortiGate/ta-p/192746"
)
_FORTI_PUSH: t.Final = "https://docs.fortinet.com/document/fortigate/7.2.0/new-features/144954/"
_FORTI_TRANSACTIONS: t.Final = "https://docs.fortinet.com/document/fortigate/7.4.0/new-features/174532/"
CHECKMATES: t.Final = (
    "https://community.checkpoint.com/t5/ratings/ratingdetailpage/message-uid/178046/rating-system/message_ratings"
)
ZIA_URLS: t.Final = "https://help.zscaler.com/zia/url-format-guidelines"
_ZIA_LIMITS: t.Final = "https://help.zscaler.com/zia/ranges-limitations"
_ZIA_ACTIVATION: t.Final = "https://help.zscaler.com/zia/saving-and-activating-changes-zia-admin-portal"


class Cell(t.NamedTuple):
    """What is said of one platform in one respect, and where that is from."""

    text: str
    sources: tuple[str, ...]


ASPECTS: t.Final[t.Mapping[str, str]] = {
    "treatments": "What becomes of treatments",
    "limits": "Limits",
    "transaction": "How a list is put in force",
    "undo": "How it is put back",
    "guard": "A change that nobody confirms",
    "others": "Two at once, and the work of others",
    "running": "Which list runs",
}

_OWN_GUARD: t.Final = Cell(
    "confirm_within: a process on the device itself puts the old list back unless the change is confirmed in time",
    ("decisions.md", _BROKEN),
)
_NO_GUARD: t.Final = Cell(
    "none: nothing of ours runs on the device. confirm_within is refused; a run that fails puts the old list back",
    (_TESTED,),
)
_LOCKED: t.Final = Cell(
    "a lock on the device: the second run is refused; other lists, and the site's own configuration, are left alone",
    (_BROKEN,),
)
_BACKED_UP: t.Final = "the last ten lists are kept on the device, and restore puts one back; a failed run puts back "
_KEPT_HERE: t.Final = "the last ten lists are kept on the controller, and restore puts one back; a failed run "

FACTS: t.Final[t.Mapping[str, t.Mapping[str, Cell]]] = {
    "Squid": {
        "treatments": Cell(
            "bypass_authentication before the site's login rule; bypass_inspection spliced before its bump rule, and "
            "unsupported (tls_inspection) on a Squid without TLS or a bumping port",
            ("decisions.md", ASKED),
        ),
        "limits": Cell("none known; 10,000 endpoints are pushed to it, and 100,000 compiled", (_PUSHED,)),
        "transaction": Cell(
            "list files in a directory of their own, checked with squid -k parse, then one rename of a snippet and "
            "squid -k reconfigure, which closes the port for a moment; with activation helper one rename and no reload",
            ("architecture.md", "faults.md", _BROKEN),
        ),
        "undo": Cell(f"{_BACKED_UP}snippet and list files", ("architecture.md", _BROKEN)),
        "guard": _OWN_GUARD,
        "others": _LOCKED,
        "running": Cell(
            "asked for by a reserved name through the proxy, which answers with digest and generation",
            ("architecture.md", ASKED),
        ),
    },
    "nftables with dnsmasq": {
        "treatments": Cell("a packet filter neither inspects nor asks for a login: nothing to do", (ASKED,)),
        "limits": Cell("none known; 10,000 endpoints are pushed to it, and 100,000 compiled", (_PUSHED,)),
        "transaction": Cell(
            "one table replaced in one transaction of the kernel after nft -c; dnsmasq is restarted where its fragment "
            "changes, and what both lists name passes at every moment",
            ("architecture.md", _BROKEN),
        ),
        "undo": Cell(f"{_BACKED_UP}ruleset and fragment", ("architecture.md", _BROKEN)),
        "guard": Cell(
            "confirm_within, as on Squid; and a list that would cut the connection by which Ansible came is refused",
            ("decisions.md", "variables.md", _TESTED),
        ),
        "others": Cell("a lock on the device, and a table of the list's own: no other table is touched", (_BROKEN,)),
        "running": Cell(
            "the table of the kernel is read and compared, and dnsmasq is asked which fragment it has read",
            ("architecture.md", ASKED),
        ),
    },
    "RPZ": {
        "treatments": Cell("a resolver neither inspects nor asks for a login: nothing to do", (ASKED,)),
        "limits": Cell("none known; 10,000 endpoints are pushed to it, and 100,000 compiled", (_PUSHED,)),
        "transaction": Cell(
            "two zone files are renamed into place and read by the server's own control; no request fails meanwhile",
            ("faults.md", _BROKEN),
        ),
        "undo": Cell(f"{_BACKED_UP}both zones", (_BROKEN,)),
        "guard": _OWN_GUARD,
        "others": _LOCKED,
        "running": Cell("a TXT record of a reserved name, which the server itself answers", (ASKED,)),
    },
    "PAC file": {
        "treatments": Cell(
            "a target for each; without one an endpoint goes where the others go, which is told unless that is direct",
            (ASKED,),
        ),
        "limits": Cell("1,000,000 bytes, because Chromium drops a longer script and goes direct", ("decisions.md",)),
        "transaction": Cell("one rename; no request fails meanwhile", ("faults.md", _BROKEN)),
        "undo": Cell(f"{_BACKED_UP}the file", (_BROKEN,)),
        "guard": _OWN_GUARD,
        "others": _LOCKED,
        "running": Cell("what is served at url is fetched and compared; unknown without url", (_BROKEN,)),
    },
    "feeds": {
        "treatments": Cell(
            "one file each, selected with treatments; what uses the file has to do what it asks for", ("variables.md",)
        ),
        "limits": Cell(
            "panos_url 50,000 entries of 255 characters; fortigate_domain 131,072 lines of 4,096; else max_entries",
            (_PAN_LISTS, PAN_URLS, "fortios.md", "variables.md"),
        ),
        "transaction": Cell("one rename; when a device fetches it is the device's own matter", ("faults.md", _BROKEN)),
        "undo": Cell(f"{_BACKED_UP}the file", (_BROKEN,)),
        "guard": _OWN_GUARD,
        "others": _LOCKED,
        "running": Cell(
            "what is served at url is fetched and compared; which list a device has taken from there is unknown",
            (_BROKEN,),
        ),
    },
    "PAN-OS": {
        "treatments": Cell(
            "a category each; managed rules for decryption and authentication use them, or else the site's own",
            ("panos.md", _TESTED),
        ),
        "limits": Cell(
            "255 characters an entry; entries of a category by model, which no documented request tells (max_entries)",
            (PAN_URLS, "panos.md"),
        ),
        "transaction": Cell(
            "all objects in one multi-config request, validated, then a commit of this administrator's changes alone; "
            "on a Panorama a push",
            (_PAN_MULTI, "panos.md"),
        ),
        "undo": Cell(f"{_KEPT_HERE}edits the old objects back and commits them", ("panos.md", _TESTED)),
        "guard": _NO_GUARD,
        "others": Cell(
            "config lock and commit lock; locks of others, and their uncommitted changes of our objects, stop the run",
            ("panos.md", _TESTED),
        ),
        "running": Cell(
            "the running configuration is read; on a Panorama also which firewalls are out of sync",
            ("panos.md", _TESTED),
        ),
    },
    "FortiOS url_filter": {
        "treatments": Cell(
            "neither: it judges after TLS was intercepted and the client has logged in", ("fortios.md",)
        ),
        "limits": Cell(
            "511 characters an entry; entries of a table unknown, which no documented request tells (max_entries)",
            ("fortios.md",),
        ),
        "transaction": Cell(
            "the whole table in one REST transaction, in force at its commit", (_FORTI_TRANSACTIONS, "fortios.md")
        ),
        "undo": Cell(f"{_KEPT_HERE}aborts the transaction, or puts the old table back", ("fortios.md", _TESTED)),
        "guard": _NO_GUARD,
        "others": Cell(
            "the table is held by the transaction; other tables, and transactions of others, are left alone",
            ("fortios.md", _TESTED),
        ),
        "running": Cell("the table is read: it is in force as it stands", ("fortios.md", _TESTED)),
    },
    "FortiOS push_feed": {
        "treatments": Cell(
            "one feed each, selected with treatments; the site's SSL inspection profile, or its policy, uses it",
            ("fortios.md",),
        ),
        "limits": Cell("131,072 entries or 10 MB before 7.4.4, then by model", ("fortios.md",)),
        "transaction": Cell("one snapshot replaces all entries, at once", (_FORTI_PUSH, "fortios.md")),
        "undo": Cell(f"{_KEPT_HERE}pushes the previous snapshot", ("fortios.md", _TESTED)),
        "guard": _NO_GUARD,
        "others": Cell(
            "a feed cannot be held: it is read once more right before the push, and what is left is one request's time",
            ("fortios.md", _TESTED),
        ),
        "running": Cell("unknown, always: no source says that entry-list shows what was pushed", ("fortios.md",)),
    },
    "Check Point": {
        "treatments": Cell(
            "one application-site each, selected with treatments, under another name; that an inspection rule takes "
            "one is not confirmed by a page that was found",
            ("checkpoint.md",),
        ),
        "limits": Cell("unknown; what the server refuses is passed on, and nothing is changed", ("checkpoint.md",)),
        "transaction": Cell(
            "one session: the whole list is set, published, then installed on the targets", ("checkpoint.md", _TESTED)
        ),
        "undo": Cell(
            f"{_KEPT_HERE}discards before publishing, and afterwards sets, publishes and installs the old list",
            ("checkpoint.md", _TESTED),
        ),
        "guard": _NO_GUARD,
        "others": Cell(
            "the object is locked by the session; locks of others stop the run, with names; so does what others "
            "published and did not install, unless install_others",
            ("checkpoint.md", _TESTED),
        ),
        "running": Cell(
            "by the revision that each target has installed, which tells running from not, and sometimes unknown",
            ("checkpoint.md", _TESTED),
        ),
    },
    "ZIA": {
        "treatments": Cell(
            "a category of its own for a rule that does not inspect, and the URLs exempted from the login",
            ("zia.md", _TESTED),
        ),
        "limits": Cell(
            "25,000 custom URLs and 64 categories in a tenant that bought no more; 1,024 characters a URL; the figure "
            "of the tenant itself is asked for",
            (_ZIA_LIMITS, ZIA_URLS, "zia.md"),
        ),
        "transaction": Cell(
            "each category is put whole, and all that is saved becomes active at once", (_ZIA_ACTIVATION, "zia.md")
        ),
        "undo": Cell(f"{_KEPT_HERE}puts the previous categories back and activates them", ("zia.md", _TESTED)),
        "guard": _NO_GUARD,
        "others": Cell(
            "no lock and no revision: read once more before each write; what others saved and did not activate stops "
            "the run",
            ("zia.md", _TESTED),
        ),
        "running": Cell("the status of activation, with the saved categories read back", ("zia.md", _TESTED)),
    },
}
"""By platform and aspect; every platform has every aspect."""
