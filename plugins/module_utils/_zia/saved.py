# SPDX-FileCopyrightText: 2026 managed_desktop.network contributors
# SPDX-License-Identifier: BSD-2-Clause
"""What a tenant has saved, seen from one list: its categories, the exempted URLs, and what is not ours. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.managed_desktop.network.plugins.module_utils._reconcile import ApplianceError
from ansible_collections.managed_desktop.network.plugins.module_utils._zia import lists
from ansible_collections.managed_desktop.network.plugins.module_utils._zia.lists import Category, Json

EXEMPTED = lists.BYPASS_AUTHENTICATION
MOST_CATEGORIES = 64
"""How many custom categories a tenant may have (zia/configuring-custom-url-categories), where nobody says more."""


class Place(t.NamedTuple):
    """Where a list stands: the names of its categories by treatment, and whether URLs are exempted from the login.

    `adopt` says whether a category of such a name that is not ours may be taken over, `most_categories` how many custom
    categories the tenant may have.
    """

    name: str
    called: dict[str, str]
    exempting: bool
    super_category: str
    adopt: bool
    most_categories: int = MOST_CATEGORIES

    @property
    def parts(self) -> set[str]:
        """The treatments that the list has a part for."""
        return {*self.called, *((EXEMPTED,) if self.exempting else ())}


class Saved(t.NamedTuple):
    """The categories of the list by treatment, whole; every URL that anybody exempted; all other categories."""

    categories: dict[str, Category | None]
    exempted: frozenset[str]
    others: tuple[Category, ...]


def saved(categories: t.Sequence[Category], exempted: frozenset[str], place: Place, device: str) -> Saved:
    """Return what is saved, from all custom categories.

    Raises:
        ApplianceError: a name of ours stands for several.
    """
    mine: dict[str, Category | None] = {}
    for treatment, called in place.called.items():
        named = [category for category in categories if category.get("configuredName") == called]
        if len(named) > 1:
            raise ApplianceError(f"{device} has {len(named)} categories called {called!r}. Rename all but one.")
        mine[treatment] = named[0] if named else None
    names = set(place.called.values())
    return Saved(mine, exempted, tuple(one for one in categories if one.get("configuredName") not in names))


def content_of(found: Saved, ours: frozenset[str], place: Place) -> Json | None:
    """Return the content of the list; `ours` are the exempted URLs that count for it."""
    return lists.content_of(found.categories, (found.exempted & ours) if place.exempting else None, place.name)


def parts_of(found: Saved) -> dict[str, str]:
    """Return the digest of what each category of the list matches."""
    return {treatment: lists.part_digest(category) for treatment, category in found.categories.items()}


def refuse_foreign(found: Saved, place: Place, removing: bool, device: str) -> None:
    """Refuse to write, or to remove, a category that is not ours.

    Raises:
        ApplianceError: with what to do.
    """
    for treatment, category in found.categories.items():
        if category is None:
            continue
        called = place.called[treatment]
        if category.get("editable") is False or category.get("type") not in (None, "URL_CATEGORY"):
            raise ApplianceError(
                f"The category {called!r} of {device} is not one that this account may edit, or not one of URLs. "
                "Choose another name."
            )
        if lists.is_ours(category, place.name, treatment) or (place.adopt and not removing):
            continue
        said = f"The category {called!r} of {device} does not bear the mark of this list in its description, so "
        if removing:
            raise ApplianceError(f"{said}it is not removed.")
        raise ApplianceError(
            f"{said}it belongs to somebody else. Choose another name, or take it over with adopt: true, which replaces "
            "what it holds."
        )


def refuse_too_many(found: Saved, place: Place, new: int, device: str) -> None:
    """Refuse to make `new` categories where the tenant may not have that many more. Its API does not tell its figure.

    Raises:
        ApplianceError: with what to do.
    """
    mine = [category for category in found.categories.values() if category is not None]
    there = sum(one.get("customCategory") is not False for one in (*found.others, *mine))
    if new and there + new > place.most_categories:
        raise ApplianceError(
            f"The list needs {new} custom URL categories more than there are now, and {device} has {there} of at most "
            f"{place.most_categories} (max_categories). Delete some that no rule uses, give with category the name of "
            "one that may be taken over, or say how many your tenant may have."
        )


def growth(found: Saved, content: Json | None, ours: frozenset[str]) -> int:
    """Return how many custom URLs more the tenant has with this list; each counts once, wherever it stands."""
    fields = ("urls", "dbCategorizedUrls")
    theirs = {url for category in found.others for field in fields for url in category.get(field) or ()}
    theirs |= found.exempted - ours
    mine = {url for one in found.categories.values() if one for field in fields for url in one.get(field) or ()}
    mine |= found.exempted & ours
    wanted = {url for key in (*lists.CATEGORIES, EXEMPTED) for url in (content or {}).get(key, ())}
    return len(wanted - theirs) - len(mine - theirs)


def overlapping(found: Saved) -> dict[str, list[str]]:
    """Return by their names the other categories that have URLs of ours, or names below a wildcard of ours.

    The service looks for a specific match first (zia/understanding-policy-enforcement), so these go before, or compete.
    """
    urls = {url for category in found.categories.values() for url in lists.urls_of(category)}
    told = {}
    for category in found.others:
        theirs = {url for field in ("urls", "dbCategorizedUrls") for url in category.get(field) or ()}
        clashing = sorted((url for url in theirs if url in urls or _beneath(url, urls)), key=lists.url_order)
        if clashing:
            told[str(category.get("configuredName"))] = clashing
    return told


def _beneath(url: str, urls: t.Collection[str]) -> bool:
    host = url.lstrip(".").partition("/")[0].partition(":")[0]
    labels = host.split(".")
    return any("." + ".".join(labels[above:]) in urls for above in range(len(labels)))
