# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""URL categories as they are saved: what may be written, and what is given back."""

from __future__ import annotations

import re
import typing as t

from lab.simulators.zia.refusals import invalid, invalid_body, refused
from lab.simulators.zia.urls import fault_of, in_its_order

Category = dict[str, t.Any]

_TEXTS: t.Final = ("id", "configuredName", "superCategory", "description", "type", "categoryGroup", "urlType")
_FLAGS: t.Final = ("customCategory", "editable")
_COUNTS: t.Final = (
    "val",
    "customUrlsCount",
    "urlsRetainingParentCategoryCount",
    "customIpRangesCount",
    "ipRangesRetainingParentCategoryCount",
)
_URLS: t.Final = ("urls", "dbCategorizedUrls")
_KEYWORDS: t.Final = ("keywords", "keywordsRetainingParentCategory")
_RANGES: t.Final = ("ipRanges", "ipRangesRetainingParentCategory")
_PATTERNS: t.Final = ("regexPatterns", "regexPatternsRetainingParentCategory")
_OTHERS: t.Final = ("scopes", "urlKeywordCounts")
_LISTS: t.Final = (*_URLS, *_KEYWORDS, *_RANGES, *_PATTERNS)
_KNOWN: t.Final = {*_TEXTS, *_FLAGS, *_COUNTS, *_LISTS, *_OTHERS}
_NAME = re.compile(r"[A-Za-z0-9_.() -]{1,255}")
_FIRST: t.Final = 2
_LONGEST_DESCRIPTION: t.Final = 256


class Categories:
    """Every custom category, by its id. `most_urls` and `most` are the tenant's limits; `in_use` is what rules name."""

    def __init__(self) -> None:
        """No category yet."""
        self.by_id: dict[str, Category] = {}
        self.most_urls = 25_000
        self.most = 64
        self.in_use: set[str] = set()

    def listed(self, query: t.Mapping[str, str]) -> list[Category]:
        """``GET /urlCategories``; predefined ones are left out, since nobody here may change them."""
        if set(query) - {"customOnly", "includeOnlyUrlKeywordCounts"}:
            raise invalid_body()
        return list(self.by_id.values())

    def one(self, identity: str) -> Category:
        """``GET /urlCategories/{id}``."""
        if identity not in self.by_id:
            raise refused(404, "RESOURCE_NOT_FOUND", f"URL category {identity} does not exist")
        return self.by_id[identity]

    def quota(self, exempted: t.Iterable[str]) -> dict[str, int]:
        """``GET /urlCategories/urlQuota``."""
        used = len(self._provisioned(exempted))
        return {"uniqueUrlsProvisioned": used, "remainingUrlsQuota": self.most_urls - used}

    def _provisioned(self, exempted: t.Iterable[str]) -> set[str]:
        return {url for category in self.by_id.values() for key in _URLS for url in category.get(key, [])} | {*exempted}

    def add(self, given: t.Any, exempted: t.Iterable[str]) -> Category:
        """``POST /urlCategories``."""
        body = _checked(given)
        if not body.get("configuredName") or not body.get("superCategory"):
            raise invalid("Category name and super category are required.")
        if not any(body.get(key) for key in (*_URLS, *_KEYWORDS, *_RANGES)):
            raise invalid("At least one URL or keyword is required.")
        if len(self.by_id) >= self.most:
            raise invalid(f"An organization can have a maximum of {self.most} custom categories.")
        number = _FIRST
        while f"CUSTOM_{number:02d}" in self.by_id:
            number += 1
        identity = f"CUSTOM_{number:02d}"
        return self._kept(identity, {**body, "id": identity, "val": 127 + number}, exempted)

    def replace(self, identity: str, given: t.Any, exempted: t.Iterable[str]) -> Category:
        """``PUT /urlCategories/{id}``: what is not given is cleared, but for keywords."""
        known = self._editable(identity)
        body = _checked(given)
        if not body.get("configuredName"):
            raise invalid("Category name is required.")
        kept: Category = {key: known[key] for key in _KEYWORDS if key in known and key not in body}
        return self._kept(identity, {**kept, **body, "id": identity, "val": known["val"]}, exempted)

    def amend(self, identity: str, action: str, given: t.Any, exempted: t.Iterable[str]) -> Category:
        """``PUT /urlCategories/{id}?action=``: the URLs given are added or removed, and nothing else changes."""
        known = self._editable(identity)
        body = _checked(given)
        changed = dict(known)
        for key in _URLS:
            asked = set(body.get(key, []))
            had = set(known.get(key, []))
            changed[key] = list(had | asked if action == "ADD_TO_LIST" else had - asked)
        return self._kept(identity, changed, exempted)

    def remove(self, identity: str) -> None:
        """``DELETE /urlCategories/{id}``."""
        self._editable(identity)
        if identity in self.in_use:
            raise invalid("The URL category is being used by a policy and cannot be deleted.")
        del self.by_id[identity]

    def _editable(self, identity: str) -> Category:
        found = self.one(identity)
        if not found["editable"]:
            raise refused(403, "SCOPE_LIMITED", "The category is outside of the scope of the administrator.")
        return found

    def _kept(self, identity: str, body: Category, exempted: t.Iterable[str]) -> Category:
        name = body["configuredName"]
        if any(other["configuredName"] == name for other in self.by_id.values() if other["id"] != identity):
            raise refused(409, "DUPLICATE_ITEM", f"URL category {name} exists already.")
        others = {key: value for key, value in self.by_id.items() if key != identity}
        urls = {url for key in _URLS for url in body.get(key, [])}
        before = len(self._provisioned(exempted))
        all_urls = urls | {url for c in others.values() for key in _URLS for url in c.get(key, [])} | {*exempted}
        if len(all_urls) > self.most_urls:
            raise invalid(
                f"An organization can have a maximum of {self.most_urls} custom URLs. "
                f"Currently {before} are already provisioned for this organization."
            )
        self.by_id[identity] = _as_kept(body)
        return self.by_id[identity]


def _checked(given: t.Any) -> Category:
    if not isinstance(given, dict) or set(given) - _KNOWN:
        raise invalid_body()
    for key, value in given.items():
        kinds = str if key in _TEXTS else bool if key in _FLAGS else int if key in _COUNTS else list
        if key != "urlKeywordCounts" and not isinstance(value, kinds):
            raise invalid_body()
        if key in _LISTS and not all(isinstance(item, str) for item in value):
            raise invalid_body()
    if "configuredName" in given and not _NAME.fullmatch(given["configuredName"]):
        raise invalid("Category names have letters, digits, underscores, hyphens, dots, parentheses and spaces only.")
    if len(given.get("description", "")) > _LONGEST_DESCRIPTION:
        raise invalid(f"The description has more than {_LONGEST_DESCRIPTION} characters.")
    for key in _URLS:
        for url in given.get(key, []):
            fault = fault_of(url)
            if fault:
                raise invalid(f"Invalid URL: {url[:80]} {fault}.")
    return given


def _as_kept(body: Category) -> Category:
    """Return a category as it is given back: with what the service counts and adds, and without what is empty."""
    kept: Category = {key: body[key] for key in ("id", "configuredName", "superCategory") if body.get(key)}
    if any(body.get(key) for key in _KEYWORDS):
        kept.update({key: list(body.get(key, [])) for key in _KEYWORDS})
    kept.update({key: in_its_order(body.get(key, [])) for key in _URLS})
    kept.update({key: list(body[key]) for key in (*_RANGES, *_PATTERNS, "scopes") if body.get(key)})
    kept.update(customCategory=True, editable=body.get("editable", True))
    if body.get("description"):
        kept["description"] = body["description"]
    kept.update(type=body.get("type") or "URL_CATEGORY", val=body["val"])
    counted = ("urls", "dbCategorizedUrls", "ipRanges", "ipRangesRetainingParentCategory")
    kept.update({count: len(kept.get(key, [])) for count, key in zip(_COUNTS[1:], counted, strict=True)})
    kept.update(categoryGroup=body.get("categoryGroup") or "REGULAR", urlType=body.get("urlType") or "EXACT")
    return kept
