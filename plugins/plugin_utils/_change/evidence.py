# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One account of a change, put together from its files: what was asked, planned, approved, done and seen.

It holds no time but those that the files hold, so that the same files give the same bytes. What many appliances share,
such as a difference or a loss, stands once.
"""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.plugin_utils._change import (
    approved,
    plan,
    results,
    rollout,
    seen,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.directory import (
    ChangeDirectory,
    ChangeError,
    Plain,
    digest_of,
    read_bytes,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.frozen import thaw_endpoints
from ansible_collections.managed_desktop.network.plugins.plugin_utils._change.remarks import (
    failures_of,
    losses_of,
    warnings_of,
)
from ansible_collections.managed_desktop.network.plugins.plugin_utils._edition_status import editions_in

FORMAT: t.Final = 1

_FACTS: t.Final = ("before", "after", "running", "changed", "confirm_until")


def assemble(directory: ChangeDirectory) -> Plain:
    """Return the evidence of a change.

    Returns:
        `change`, `ticket`, `outcome` (as `rollout.outcome`); `asked` (by whom, of which `editions`, and the `lists`
        with their services); `planned`; `approved`, each approval that was checked when work began; `appliances` by
        name, each with its stages; `differences`, what is added and removed by service, by the key that appliances name
        in `difference`; `batches` with what was `seen` of each; `losses`, `warnings` and `failures`, each once, with
        whom it concerns.

    Raises:
        ChangeError: there is no plan, or a file is damaged.
    """
    planned, digest = plan.read(directory)
    stages = {name: results.read(directory, name) for batch in planned["batches"] for name in batch}
    told = plan.appliances_of(planned)
    appliances = {name: _appliance(directory, name, item, stages.get(name)) for name, item in told.items()}
    used = dict.fromkeys(item["difference"] for item in appliances.values())
    lists, unfit = _lists(directory, planned)
    approvals, doubts = approved.account(directory, digest, stages)
    batches = [_batch(directory, number, names, appliances) for number, names in enumerate(planned["batches"], 1)]
    return {
        "format": FORMAT,
        "change": directory.id,
        "ticket": planned["ticket"],
        "outcome": rollout.outcome({name: item["stage"] for name, item in stages.items()}),
        "asked": {
            "by": planned["planned_by"],
            "release": planned["release"],
            "editions": editions_in([planned]),
            "suffix_list": planned["suffix_list"],
            "lists": lists,
        },
        "planned": {
            "sha256": digest,
            "appliances": len(appliances),
            "would_change": len(stages),
            "in_step": len(appliances) - len(stages),
            "batches": [len(names) for names in planned["batches"]],
        },
        "approved": approvals,
        "appliances": appliances,
        "differences": {key: planned["differences"][key] for key in used if key is not None},
        "batches": batches,
        "losses": losses_of(told, stages),
        "warnings": warnings_of(told, appliances, batches),
        "failures": [*failures_of(appliances, batches), *map(_of_record, unfit + doubts)],
    }


def _appliance(directory: ChangeDirectory, name: str, planned: Plain, result: Plain | None) -> Plain:
    found: Plain = {
        "platform": planned["platform"],
        "batch": planned["batch"],
        "planned": planned["state"],
        "plans": {"before": planned["before"], "after": planned["after"], "entries": planned["entries"]},
        "list": planned["list"]["sha256"],
        "difference": planned["difference"] if planned["state"] == plan.CHANGES else None,
        "backup": _backup(directory, name),
        "stage": planned["state"],
        "message": "",
        "history": [],
    }
    if result is not None:
        found.update({key: result[key] for key in _FACTS if key in result})
        found.update(
            stage=result["stage"],
            message=str(result.get("message") or ""),
            history=[_step(step) for step in result["history"]],
        )
    return found


def _step(step: t.Any) -> dict[str, str]:
    told = step if isinstance(step, t.Mapping) else {}
    return {key: str(told.get(key) or "") for key in ("stage", "at", "message")}


def _backup(directory: ChangeDirectory, name: str) -> Plain | None:
    """Return the digest and size of what was saved, and nothing of what it says."""
    try:
        content = read_bytes(directory.backup(name))
    except FileNotFoundError:
        return None
    return {"sha256": digest_of(content), "bytes": len(content)}


def _lists(directory: ChangeDirectory, planned: Plain) -> tuple[list[Plain], list[str]]:
    """Return the compiled lists of a plan, each with who gets it, and what is wrong with their files."""
    found: dict[tuple[str, str], Plain] = {}
    for name, item in planned["appliances"].items():
        key = (item["list"]["sha256"], item["endpoints"]["sha256"])
        if key not in found:
            services = _services(directory, item["endpoints"])
            found[key] = {
                "platform": item["platform"],
                "file": item["list"]["file"],
                "sha256": item["list"]["sha256"],
                "endpoints": sum(services.values()),
                "entries": item["entries"],
                "services": services,
                "appliances": [],
            }
        found[key]["appliances"].append(name)
    try:
        plan.refuse_altered(directory, planned)
    except ChangeError as error:
        return list(found.values()), [str(error)]
    return list(found.values()), []


def _services(directory: ChangeDirectory, reference: t.Mapping[str, str]) -> dict[str, int]:
    """Return how many endpoints each service has; nothing where the file is not as it was planned."""
    path = directory.path / reference["file"]
    try:
        endpoints, _editions = thaw_endpoints({"file": str(path), "sha256": reference["sha256"]})
    except ChangeError:
        return {}
    counts: dict[str, int] = {}
    for endpoint in endpoints:
        service = str(endpoint.get("service") or "")
        counts[service] = counts.get(service, 0) + 1
    return dict(sorted(counts.items()))


def _batch(directory: ChangeDirectory, number: int, names: t.Sequence[str], appliances: t.Mapping[str, Plain]) -> Plain:
    times = sorted(step["at"] for name in names for step in appliances[name]["history"])
    stages: dict[str, int] = {}
    for name in names:
        stages[appliances[name]["stage"]] = stages.get(appliances[name]["stage"], 0) + 1
    return {
        "number": number,
        "appliances": list(names),
        "stages": stages,
        "began": times[0] if times else None,
        "ended": times[-1] if times else None,
        "seen": seen.of_batch(directory, number),
    }


def _of_record(text: str) -> Plain:
    return {"kind": "record", "text": text, "batch": None, "concerns": []}
