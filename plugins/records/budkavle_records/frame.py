"""The frame that the pages of records share: the tabs under Hanteringsplan, and how a page is filled."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Response

from budkavle import Actor
from budkavle.web import Visitor, plugin_page

PATH = "/plugin/records"
SHOWN = 50
"""Rows of a page of a list."""


def N_(sentence: str) -> str:  # noqa: N802 - as gettext calls it
    """Mark a sentence that is translated where it is shown."""
    return sentence


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the frame.

    Attributes:
        name: What a page calls it, to stand under it.
        url: Where it leads.
        text: What it says, a translation key.
    """

    name: str
    url: str
    text: str


TABS = [
    Tab("schedule", PATH, N_("Hanteringsplan")),
    Tab("rules", f"{PATH}/rules", N_("Regler")),
    Tab("holds", f"{PATH}/holds", N_("Gallringsstopp")),
    Tab("runs", f"{PATH}/runs", N_("Gallring")),
    Tab("registration", f"{PATH}/registration/overview", N_("Registrering")),
    Tab("archive", f"{PATH}/archive", N_("Leverans till arkiv")),
]
"""The tabs in their order; each part of the plugin has its line here."""


def menu_line(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same on each page
    """Return the line under Min organisation, for its administrators."""
    if not actor.is_admin:
        return {}
    hint = N_("Hur länge handlingar bevaras, vad som gallras, och vad som är kvar att göra.")
    return {"url": PATH, "text": N_("Hanteringsplan"), "icon": "archive", "hint": hint}


def records_page(
    visitor: Visitor, template: str, tab: str, context: Mapping[str, Any], status: int = 200
) -> Response[str]:
    """Answer with a page of records, under one of the tabs.

    Args:
        visitor: Who is signed in; the page's own function has judged what they may see.
        template: The template's name in the plugin's folder; it extends `records/frame.html`.
        tab: The name of the tab that the page stands under.
        context: What the template needs.
        status: The HTTP status.
    """
    tabs = [(each.url, visitor.say(each.text), each.name == tab) for each in TABS]
    return plugin_page(visitor, f"records/{template}", {"tabs": tabs, **context}, folder="records", status=status)


def numbered(total: int, page: int, url: str) -> Mapping[str, Any]:
    """Return what the macro `pages` of `macros/paging.html` reads, for a list whose pages are numbered.

    Args:
        total: The number of rows of the whole list.
        page: The page that is shown, from 1.
        url: The address of the list, with a `?` in it.
    """
    first = (page - 1) * SHOWN
    last = min(total, first + SHOWN)
    return {
        "first": first + 1 if last > first else 0,
        "last": last if last > first else 0,
        "total": total,
        "previous_url": f"{url}&page={page - 1}" if page > 1 else None,
        "next_url": f"{url}&page={page + 1}" if last < total else None,
    }
