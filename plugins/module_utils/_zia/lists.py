# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""A list as URL categories hold it, and the other way round. Pure, no input or output.

The content of a list is ``{treatment: [url, ...]}``, and only where a category holds something else that matches
(keywords, addresses, URLs that keep their parent category), ``besides: {treatment: {field: [text, ...]}}``. A category
that does not bear our mark is told in ``foreign: [treatment, ...]``, so that it is never taken for one in step.
"""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._package import content_digest

ALLOW = "allow"
BYPASS_INSPECTION = "bypass_inspection"
BYPASS_AUTHENTICATION = "bypass_authentication"
CATEGORIES = (ALLOW, BYPASS_INSPECTION)

MATCHING = (
    "dbCategorizedUrls",
    "keywords",
    "keywordsRetainingParentCategory",
    "ipRanges",
    "ipRangesRetainingParentCategory",
    "regexPatterns",
    "regexPatternsRetainingParentCategory",
)
"""What a category matches by, besides its URLs."""

Json = dict[str, t.Any]
Category = dict[str, t.Any]


def entry_key(treatment: str, url: str) -> str:
    """Return the text under which the provenance of an entry is noted."""
    return f"{treatment} {url}"


def url_order(url: str) -> tuple[t.Any, ...]:
    """The sort key of every list: labels from the top-level domain down, wildcards before names, then paths."""
    host, slash, path = url.partition("/")
    return tuple(reversed(host.lstrip(".").split("."))), not host.startswith("."), slash + path


def marker(name: str, treatment: str) -> str:
    """Return the description by which a category is known as ours: at most 256 characters, as the service wants it."""
    what = "" if treatment == ALLOW else " (not inspected)"
    return f"Allow-list {name}{what} of the Ansible collection managed_desktop.network. Edits are undone."


def is_ours(category: Category, name: str, treatment: str) -> bool:
    """Tell whether a category bears our mark."""
    return category.get("description") == marker(name, treatment)


def content_of(categories: t.Mapping[str, Category | None], exempted: t.Iterable[str] | None, name: str) -> Json | None:
    """Return the content that these categories and our exempted URLs are; None where there are none.

    `exempted` is None where no URLs are exempted at all.
    """
    if not any(categories.values()) and not exempted:
        return None
    content: Json = {key: urls_of(found) for key, found in categories.items()}
    if exempted is not None:
        content[BYPASS_AUTHENTICATION] = sorted(exempted, key=url_order)
    there = {key: found for key, found in categories.items() if found is not None}
    besides = {key: _besides(found) for key, found in there.items()}
    if any(besides.values()):
        content["besides"] = {key: found for key, found in besides.items() if found}
    foreign = [key for key, found in there.items() if not is_ours(found, name, key)]
    if foreign:
        content["foreign"] = foreign
    return content


def urls_of(category: Category | None) -> list[str]:
    """Return the URLs of a category, each once, in our order: that of the service means nothing."""
    return sorted(set((category or {}).get("urls") or ()), key=url_order)


def _besides(category: Category) -> Json:
    return {field: sorted(set(category[field])) for field in MATCHING if category.get(field)}


def part_digest(category: Category | None) -> str:
    """Return the digest of what one category matches."""
    found = category or {}
    return content_digest({"urls": sorted(set(found.get("urls") or ())), "besides": _besides(found)})


def body_of(
    content: Json, treatment: str, known: Category | None, name: str, called: str, super_category: str
) -> Category | None:
    """Return the whole category as it has to be put; None where it needs none.

    What the service gave of it and we do not know is kept, and so is its super category: a PUT without it loses it.
    """
    urls = content[treatment]
    matching = content.get("besides", {}).get(treatment, {})
    if known is None and not urls and not matching:
        return None
    body: Category = dict(known or {"type": "URL_CATEGORY", "customCategory": True})
    body.update(configuredName=called, description=marker(name, treatment), urls=list(urls))
    body["superCategory"] = body.get("superCategory") or super_category
    for field in MATCHING:
        if field in matching:
            body[field] = list(matching[field])
        elif field in body:
            body[field] = []
    return body


def as_new(category: Category) -> Category:
    """Return a category that is gone as it has to be sent to be made again."""
    made = ("id", "val", "editable")
    return {key: value for key, value in category.items() if key not in made and not key.endswith("Count")}


def same(one: Category, other: Category) -> bool:
    """Tell whether two categories say the same, whatever the order of their texts and the service's own counts."""
    texts = ("configuredName", "description", "superCategory")
    lists = ("urls", *MATCHING)
    return all((one.get(key) or "") == (other.get(key) or "") for key in texts) and all(
        set(one.get(key) or ()) == set(other.get(key) or ()) for key in lists
    )


def unchanged(before: Category, now: Category) -> bool:
    """Tell whether nobody changed a category since it was read, whatever field."""
    return same(before, now) and _frame(before) == _frame(now)


def _frame(category: Category) -> Category:
    return {key: value for key, value in category.items() if key not in ("urls", *MATCHING)}


def is_content(content: t.Any) -> bool:
    """Tell whether `content` is of the form of a list."""
    if not isinstance(content, dict) or ALLOW not in content:
        return False
    treatments = (*CATEGORIES, BYPASS_AUTHENTICATION)
    if set(content) - {*treatments, "besides", "foreign"}:
        return False
    besides = content.get("besides", {})
    return (
        all(_texts(content[key]) for key in treatments if key in content)
        and _texts(content.get("foreign", []))
        and isinstance(besides, dict)
        and set(besides) <= set(CATEGORIES)
        and all(
            isinstance(found, dict) and set(found) <= set(MATCHING) and all(map(_texts, found.values()))
            for found in besides.values()
        )
    )


def _texts(value: t.Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item.isprintable() for item in value)
