"""The hook implementations: the head of each page, the pages, and the notifier for push."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from budkavle import Host, Job, hookimpl
from budkavle.notices import NoticeWay, Notifier
from budkavle.web import Panel

if TYPE_CHECKING:
    from litestar import Router

    from budkavle.organisation import PersonalData
    from budkavle.storage import SealedColumn


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Mobilappen"


@hookimpl
def budkavle_notifiers(host: Host) -> Iterable[Notifier]:
    """Give the notifier for push, for all plugins."""
    from budkavle_phone.push.notifier import PushNotifier

    return [PushNotifier(host)]


@hookimpl
def budkavle_notice_ways(host: Host) -> Iterable[NoticeWay]:
    """Give push as a way of notifying members of a mailbox."""
    from budkavle_phone.push.way import PushWay

    return [PushWay(host)]


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the pages, and the files that browsers fetch by themselves."""
    from budkavle_phone.pages import app, scanning, settings, sharing

    return [app.router(), settings.router(host), sharing.router(host), scanning.router()]


@hookimpl
def budkavle_panels() -> Iterable[Panel]:
    """Give the head of each page, and the link to the page Mobil under Mitt konto."""
    from budkavle_phone.pages import app, settings

    return [
        Panel("page.head", "head.html", app.head),
        Panel("account.settings", "card.html", settings.card),
        Panel("account.notices", "card.html", settings.card),
    ]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Delete shared content that was not fetched, and devices of people whose accounts are closed."""
    from budkavle_phone.jobs import forget_closed, forget_shares

    return [
        Job("shares", lambda: forget_shares(host), timedelta(minutes=5)),
        Job("closed", lambda: forget_closed(host), timedelta(hours=1)),
    ]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its event log entries."""
    return {
        "phone.device-added": "Aviseringar slogs på i {browser}",
        "phone.device-removed": "Aviseringar stängdes av i {browser}",
        "phone.device-ended": "{browser} tar inte längre emot aviseringar",
        "phone.mailboxes-chosen": "Brevlådor för aviseringar valdes ({number})",
        "phone.lock-set": "Låset i en webbläsare ändrades ({minutes} min)",
    }


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Describe the personal data it handles."""
    from budkavle_phone.personal_data import personal_data

    return personal_data()


@hookimpl
def budkavle_sealed_columns() -> "Iterable[SealedColumn]":
    """Describe how its secrets open, so that they can be sealed again under a new key; they are in no export."""
    from budkavle.storage import SealedColumn

    return [
        SealedColumn("phone_devices", "sealed", "phone.device:{id}", exported=False),
        SealedColumn("phone_server_keys", "sealed", "phone.server-key", exported=False),
    ]
