# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What the site's own rules and settings do to a list."""

from __future__ import annotations

import re
import typing as t


def judge_site(
    needs: t.Mapping[str, t.Any],
    base_chains: t.Iterable[t.Mapping[str, t.Any]],
    cache_limit: int | None,
    config_file: str,
    rules_dir: str,
) -> tuple[list[dict[str, str]], list[str]]:
    """Return the losses that the site causes, and warnings of what may matter.

    `base_chains` are those of other tables; `cache_limit` is how many seconds dnsmasq may answer from its cache.
    """
    losses = []
    if needs["names"] and not needs["limits_cache"] and (cache_limit is None or cache_limit > needs["timeout"]):
        said = "without a limit" if cache_limit is None else f"for {cache_limit} s"
        losses.append(
            {
                "property": "site_cache",
                "result": "narrowed",
                "detail": f"dnsmasq answers from its cache {said}, and an address leaves the sets "
                f"{needs['timeout']} s after its "
                "last use; set max-cache-ttl and max-ttl to no more than that, or limit_cache to true",
            }
        )
    warnings = []
    for chain in base_chains:
        if chain["hook"] not in needs["hooks"]:
            continue
        where = f"{chain.get('family')} {chain.get('table')} {chain.get('name')}"
        if str(chain.get("table")).startswith("mdn_"):
            warnings.append(
                f"The list of the table {where.split()[1]} judges the same traffic ({chain['hook']}): what either of "
                "both refuses is refused."
            )
        elif chain.get("policy") == "drop":
            warnings.append(
                f"The chain {where} ({chain['hook']}) drops by default. What the list accepts passes only if the "
                "rules of that chain accept it as well."
            )
    if not _is_included(config_file, rules_dir):
        warnings.append(
            f"{config_file} does not include {rules_dir}, so the list would be gone after a restart of the host. Add: "
            f'include "{rules_dir}/*.nft"'
        )
    return losses, warnings


def _is_included(config_file: str, rules_dir: str) -> bool:
    try:
        with open(config_file, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return False
    return bool(re.search(rf'^\s*include\s+"{re.escape(rules_dir)}/[^"]*"', text, re.M))
