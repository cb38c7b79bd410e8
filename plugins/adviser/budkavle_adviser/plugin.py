"""What the adviser registers: itself, and the page of its word list."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from budkavle import Adviser, Host, hookimpl
from budkavle.web import Panel
from budkavle_adviser.adviser import LocalAdviser

if TYPE_CHECKING:
    from litestar import Router

    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_advisers(host: Host) -> Iterable[Adviser]:
    """The one adviser."""
    return [LocalAdviser(host)]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its entries in the event log."""
    return {
        "adviser.words-changed": "Rådgivarens ordlista ändrades",
    }


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """The page of the word list."""
    from budkavle_adviser import pages

    return [pages.router(host)]


@hookimpl
def budkavle_panels() -> Iterable[Panel]:
    """The way to the word list, among the organisation's settings."""
    from budkavle_adviser import pages

    return [Panel("organisation.settings", "card.html", pages.card)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Say that it handles no personal data of its own."""
    return []
