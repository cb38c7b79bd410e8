"""The hook implementations of the plugin."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from budkavle import Backoff, HealthCheck, Host, Job, Outbox, SettingsSection, hookimpl
from budkavle.web import Panel
from budkavle_case_system.settings import CaseSystemSettings

if TYPE_CHECKING:
    from litestar import Router

    from budkavle.organisation import PersonalData
    from budkavle_case_system.handing_over import HandingOver

BACKOFF = Backoff(first=timedelta(seconds=10), longest=timedelta(hours=6), tries=16, deadline=timedelta(minutes=2))
"""The attempts go on for more than a day."""


@lru_cache(maxsize=8)
def handing_over(host: Host) -> "HandingOver":
    """Return the object that performs deliveries, shared by the outbox, the jobs and the settings."""
    from budkavle_case_system.handing_over import HandingOver

    return HandingOver(host)


@hookimpl
def budkavle_settings() -> type[CaseSystemSettings]:
    """Give the type of `[plugins.case_system]`."""
    return CaseSystemSettings


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Leverans till verksamhetssystem"


@hookimpl
def budkavle_settings_sections(host: Host) -> "Iterable[SettingsSection[Any]]":
    """Give the settings of organisations and mailboxes."""
    from budkavle_case_system.settings import section

    return [section(host.settings, lambda *words: handing_over(host).attempt(*words))]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Give the jobs that make deliveries and look for removed folders."""
    from budkavle_case_system.events import Events

    return [
        Job("events", Events(host).run, every=timedelta(seconds=3)),
        Job("taken", handing_over(host).look_for_taken, every=timedelta(seconds=30)),
    ]


@hookimpl
def budkavle_outboxes(host: Host) -> Iterable[Outbox]:
    """Give the queue of deliveries."""
    over = handing_over(host)
    return [Outbox("deliveries", over.handle, over.gave_up, backoff=BACKOFF, at_once=4)]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Report whether any delivery has been given up."""
    from budkavle_case_system import health

    return [HealthCheck("deliveries", lambda organisation_id: health.check(host, organisation_id))]


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the page."""
    from budkavle_case_system import pages

    return [pages.router(host)]


@hookimpl
def budkavle_panels() -> Iterable[Panel]:
    """Give the links to the page."""
    from budkavle_case_system import pages

    return [
        Panel("organisation.menu", "", pages.menu_line, order=205),
        Panel("mailbox.systems", "piece.html", lambda actor, subject: pages.mailbox_piece(subject)),  # noqa: ARG005
    ]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Describe the personal data it handles."""
    from budkavle.organisation import Ground, People, PersonalData

    return [
        PersonalData(
            name="folder",
            title="Leverans till ärendesystem",
            purpose="Lämna över det som kommer in till organisationens ärendesystem.",
            people=(People.CORRESPONDENTS, People.MENTIONED),
            data="I mappen: meddelanden, avsändare, mottagare och bilagor. I anropen: bara id.",
            kept="Tills ärendesystemet har hämtat mappen.",
            ground=Ground.LEGAL_OBLIGATION,
        ),
    ]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its entries in the event log and in the log of a case."""
    return {
        "case_system.delivered": "Det lades i ärendesystemets mapp",
        "case_system.acknowledged": "Ärendesystemet tog emot det",
        "case_system.failed": "En leverans till ärendesystemet gavs upp",
        "case_system.passed": "En leverans till ärendesystemet gjordes inte",
        "case_system.sent-again": "En leverans till ärendesystemet skickades igen",
    }


@hookimpl(optionalhook=True)
def records_receipts(host: Host, organisation_id: UUID, message_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
    """Give when the case system confirmed that it has the messages."""
    from budkavle_case_system.receipts import receipts

    return receipts(host, organisation_id, message_ids)
