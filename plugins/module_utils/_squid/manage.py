# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What the module squid_allowlist does with its parameters: judge the site, choose the variant, run the flow."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._difference import by_service
from ansible_collections.managed_desktop.network.plugins.module_utils._files import list_backups
from ansible_collections.managed_desktop.network.plugins.module_utils._package import PackageError, unpack
from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import (
    ApplianceError,
    Outcome,
    ReconcileError,
    Wanted,
    reconcile,
    runs_what_is_stored,
)
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.appliance import Squid, wanted_from_backup
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.control import Version
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.options import squid_from
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.site import Site, SiteError, inspect
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.stored import checked_content
from ansible_collections.managed_desktop.network.plugins.module_utils._squid.tls import tls_report


def manage(params: t.Mapping[str, t.Any], run: t.Any, check_mode: bool, diff_mode: bool) -> dict[str, t.Any]:
    """Bring the list to what the parameters say, and return the module's result.

    Raises:
        ReconcileError: it could not be done; the message says what state the appliance is left in.
    """
    try:
        squid = squid_from(params, run)
        version = squid.program.version()
        if params["restore"] is not None:
            wanted = wanted_from_backup(squid.backup_dir, params["restore"])
            facts: dict[str, t.Any] = {}
        elif params["state"] == "absent":
            wanted, facts = Wanted(None), {}
        else:
            wanted, facts = _wanted_list(squid, version, params)
    except (ApplianceError, SiteError, OSError) as error:
        raise ReconcileError(f"{error} Nothing was changed.") from error
    except PackageError as error:
        raise ReconcileError(f"On its way to the host {error}. Nothing was changed.") from error
    _refuse_other_intent(wanted, params["expect_after"])
    outcome = reconcile(squid, wanted, check_mode, diff_mode, params["expect_before"])
    return _result(outcome, facts, version)


def report(params: t.Mapping[str, t.Any], run: t.Any) -> dict[str, t.Any]:
    """Return what the module squid_allowlist_info says.

    Raises:
        ReconcileError: the program or the configuration cannot be read.
    """
    try:
        squid = squid_from(params, run)
        version = squid.program.version()
        state = squid.read()
        config = squid.config()
        backups = list_backups(squid.backup_dir)
    except (ApplianceError, OSError) as error:
        raise ReconcileError(f"Could not read the list: {error}") from error
    result = {
        "stored": state.report(),
        "running": state.running.report(),
        "in_step": runs_what_is_stored(state),
        "backups": backups,
        "tls": tls_report(config, version.tls, "on_unsupported_protocol tunnel" in state.text),
        "squid": _program_facts(version),
    }
    if params["include_entries"]:
        result["entries"] = by_service(state.lines)
    return result


def _wanted_list(squid: Squid, version: Version, params: t.Mapping[str, t.Any]) -> tuple[Wanted, dict[str, t.Any]]:
    needs, digests = params["needs"], params["digests"]
    if not needs or not digests:
        raise ApplianceError(
            "The module was called without a compiled list. Call it by its full name, "
            "managed_desktop.network.squid_allowlist, so that its action plugin compiles one."
        )
    site = inspect(squid.config(), squid.layout.snippet, needs, params)
    variant = "tls" if version.tls and site.bumps else "plain"
    losses = _losses(site, variant, needs)
    _refuse_losses(losses, params["accepted_properties"])
    digest = digests[variant]
    facts = {"variant": variant, "site_losses": losses, "site_warnings": site.warnings}
    if params["artefact"] is None:
        return Wanted(digest), facts
    package = unpack(params["artefact"], digest)
    return Wanted(digest, checked_content(package.content), package.provenance), facts


def _losses(site: Site, variant: str, needs: t.Mapping[str, t.Any]) -> list[dict[str, str]]:
    losses = [
        {"property": "site_ports", "result": "narrowed", "detail": f"{subject}: {detail}"}
        for subject, detail in site.blocked
    ]
    if variant == "plain" and "bypass_inspection" in needs["treatments"]:
        detail = "this Squid has no TLS or no bumping port, so there is no inspection that it could be told to skip"
        losses.append({"property": "tls_inspection", "result": "unsupported", "detail": detail})
    return losses


def _refuse_losses(losses: t.Sequence[t.Mapping[str, str]], accepted: t.Sequence[str]) -> None:
    stopping = [loss for loss in losses if loss["property"] not in accepted]
    if not stopping:
        return
    rows = [f"  {loss['property']:<14}  {loss['result']:<11}  {loss['detail']}" for loss in stopping]
    names = sorted({loss["property"] for loss in stopping})
    lines = [f"  - {{property: {name}, reason: ''}}" for name in names]
    raise ApplianceError(
        "\n".join(
            [
                "The site's configuration keeps part of the list from working, and nobody accepted that:",
                *rows,
                "Change the site's rules, or accept with these lines under accept_loss, giving the reason:",
                *lines,
                "",
            ]
        )
    )


def _refuse_other_intent(wanted: Wanted, expected: str | None) -> None:
    found = wanted.digest or "none"
    if expected is not None and found != expected:
        raise ReconcileError(
            f"The intent has moved: it compiles to {found} now, and expect_after is {expected}. Nothing was changed. "
            "Make a new plan."
        )


def _result(outcome: Outcome, facts: dict[str, t.Any], version: Version) -> dict[str, t.Any]:
    if outcome.artefact_needed:
        return {"changed": False, "artefact_needed": facts["variant"]}
    told: dict[str, t.Any] = {key: facts[key] for key in ("site_losses", "site_warnings") if key in facts}
    return {"changed": outcome.changed, **outcome.facts, **told, "squid": _program_facts(version)}


def _program_facts(version: Version) -> dict[str, t.Any]:
    return {"version": version.number, "tls": version.tls, "dialect_measured": version.measured}
