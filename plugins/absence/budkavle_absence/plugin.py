"""The hook implementations of the plugin."""

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from budkavle import Host, Job, hookimpl
from budkavle.web import Panel

if TYPE_CHECKING:
    from litestar import Router

    from budkavle.organisation import PersonalData


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Frånvaro"


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the page Frånvaro."""
    from budkavle_absence import pages

    return [pages.router(host)]


@hookimpl
def budkavle_panels() -> Iterable[Panel]:
    """Give the link to the page, under Mitt konto."""
    from budkavle_absence import pages

    return [Panel("account.settings", "card.html", pages.card)]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Give the job that answers what was missed."""
    from budkavle_absence.missed import Missed

    return [Job("missed", Missed(host).run, timedelta(minutes=5))]


@hookimpl
def budkavle_message_received(host: Host, organisation_id: UUID, message_id: UUID) -> None:
    """Answer for users who are away."""
    from budkavle_absence.auto_reply_sending import answer

    answer(host, organisation_id, message_id)


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Describe the personal data it handles."""
    from budkavle_absence.personal_data import personal_data

    return personal_data()
