"""The frame that the pages of records share: the tabs under Hanteringsplan, and how a page is rendered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Response

from budkavle import Actor
from budkavle.web import Visitor, plugin_page

PATH = "/plugin/records"
SHOWN = 50
"""Rows on one page of a list."""


def N_(sentence: str) -> str:  # noqa: N802 - the name that gettext uses
    """Mark a sentence for translation when it is shown."""
    return sentence


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the frame.

    Attributes:
        name: The name that a page uses to select the tab.
        url: The link's address.
        text: The link's text, a translation key.
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
"""The tabs in order; each part of the plugin has a line here."""


def menu_line(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same on each page
    """Return the menu line under Min organisation, for the organisation's administrators."""
    if not actor.is_admin:
        return {}
    hint = N_("Hur länge handlingar bevaras, vad som gallras, och vad som är kvar att göra.")
    return {"url": PATH, "text": N_("Hanteringsplan"), "icon": "archive", "hint": hint}


def records_page(
    visitor: Visitor, template: str, tab: str, context: Mapping[str, Any], status: int = 200
) -> Response[str]:
    """Return a page of records, under one of the tabs.

    Args:
        visitor: The signed-in visitor; the page's own function has checked what they may see.
        template: The template's name in the plugin's folder; it extends `records/frame.html`.
        tab: The name of the selected tab.
        context: The values for the template.
        status: The HTTP status.
    """
    tabs = [(each.url, visitor.say(each.text), each.name == tab) for each in TABS]
    return plugin_page(visitor, f"records/{template}", {"tabs": tabs, **context}, folder="records", status=status)


def numbered(total: int, page: int, url: str) -> Mapping[str, Any]:
    """Return the values that the macro `pages` of `macros/paging.html` reads, for a list with numbered pages.

    Args:
        total: The number of rows in the whole list.
        page: The page shown, from 1.
        url: The address of the list, containing a `?`.
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
