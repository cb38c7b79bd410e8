"""The hook implementations of the plugin."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from budkavle import Host, hookimpl
from budkavle.web import Panel

if TYPE_CHECKING:
    from litestar import Router

    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Ekonomi"


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its event log entries."""
    return {
        "economy.month-closed": "Ekonomin för {month} stängdes",
        "economy.corrected": "Ekonomin för {month} rättades: {reason}",
        "economy.price-set": "Priset på {item} ändrades till {price} kr från {month}",
    }


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the pages."""
    from budkavle_economy import pages

    return [pages.router(host)]


@hookimpl
def budkavle_panels() -> Iterable[Panel]:
    """Give the menu line of Administration."""
    from budkavle_economy import pages

    return [Panel("administration.menu", "", pages.menu_line, order=30)]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Describe the personal data it handles."""
    from budkavle_economy.personal_data import personal_data

    return personal_data()
