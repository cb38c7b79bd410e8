"""What records registers, part by part."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from budkavle import Host, hookimpl
from budkavle.web import Panel

if TYPE_CHECKING:
    from litestar import Router

    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its entries in the event log."""
    from budkavle_records.schedule import words as schedule

    return {**schedule.EVENT_WORDS}


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Say which personal data it handles."""
    from budkavle_records.schedule import words as schedule

    return [*schedule.personal_data()]


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the pages."""
    from budkavle_records.schedule import pages as schedule

    return [schedule.router(host)]


@hookimpl
def budkavle_panels() -> Iterable[Panel]:
    """Give the line of the menu of Min organisation, after Statistik."""
    from budkavle_records import frame

    return [Panel("organisation.menu", "", frame.menu_line, order=65)]
