"""What the address book registers: two directories, the reading of the national one, health checks and commands."""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from types import ModuleType
from typing import TYPE_CHECKING
from uuid import UUID

import click

from budkavle import Directory, HealthCheck, Host, Job, SettingsSection, hookimpl
from budkavle.web import Panel
from budkavle_addressbook import health, hookspecs, watch
from budkavle_addressbook.book_settings import SECTION, BookSettings
from budkavle_addressbook.commands import group
from budkavle_addressbook.directory import ContactDirectory, NationalDirectory, in_federation
from budkavle_addressbook.national import local_copy
from budkavle_addressbook.settings import Settings

if TYPE_CHECKING:
    from litestar import Router

    from budkavle.operations import Destroyed
    from budkavle.organisation import PersonalData
    from budkavle.storage import SealedColumn

_LOOK = timedelta(minutes=1)
"""How often a worker looks whether the copy is due; the interval itself is a setting and survives a restart."""
_NOTE = timedelta(hours=1)
"""How often what has changed is noted."""


@hookimpl
def budkavle_hookspecs() -> ModuleType:
    """Offer the hook for certificates that run out."""
    return hookspecs


@hookimpl
def budkavle_settings() -> type[Settings]:
    """Settings of `[plugins.addressbook]`."""
    return Settings


@hookimpl
def budkavle_label() -> str:
    """Give its name in words."""
    return "Adressbok"


@hookimpl
def budkavle_settings_sections() -> Iterable[SettingsSection[BookSettings]]:
    """Who keeps which contacts."""
    return [SECTION]


@hookimpl
def budkavle_directories(host: Host) -> Iterable[Directory]:
    """The national address book, and contacts."""
    return [NationalDirectory(host), ContactDirectory(host)]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its entries in the event log."""
    return {
        "mailbox.linked": "Brevlådan {thing} kopplades till {identifier} i adressboken",
        "mailbox.unlinked": "Brevlådan {thing} kopplades bort från {identifier} i adressboken",
        "favourite.saved": "En mottagare sparades i brevlådan {thing}",
        "favourite.confirmed": "Det nya namnet på en sparad mottagare i brevlådan {thing} bekräftades",
        "favourite.removed": "En sparad mottagare togs bort ur brevlådan {thing}",
        "contact.added": "En kontakt lades till",
        "contact.changed": "En kontakt ändrades",
        "contact.removed": "En kontakt togs bort",
        "contact.imported": "Kontakter lades till från en fil: {count}",
        "contact.exported": "Kontakter hämtades som en fil: {count}",
        "addressbook.participant": "Organisationens deltagaridentitet ändrades",
    }


@hookimpl
def budkavle_clean_up(host: Host, destroyed: "Destroyed") -> None:
    """Forget the own contacts of people whose closed accounts keep nothing any more."""
    from budkavle_addressbook.contacts.forgetting import forget_accounts

    forget_accounts(host, destroyed)


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """The pages of contacts, of the link, and of the watch."""
    from budkavle_addressbook.pages import changes, contact_files, contacts, link, senders

    return [
        contacts.router(host),
        contact_files.router(host),
        senders.router(host),
        link.router(host),
        changes.router(host),
    ]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """The ways to the contacts and to the watch; the link and what has changed, among a mailbox's settings."""
    from budkavle_addressbook.pages import changes, contacts, link, senders

    return [
        Panel("nav.item", "nav.html", contacts.nav_item, order=50),
        Panel("message.actions", "save_sender.html", lambda actor, subject: senders.action(host, actor, subject)),
        Panel("inbox.toolbar", "toolbar.html", contacts.tool),
        Panel("mailbox.systems", "link_panel.html", lambda actor, subject: link.panel(host, actor, subject)),
        Panel("mailbox.information", "watch_panel.html", lambda actor, subject: changes.panel(host, actor, subject)),
        Panel("organisation.settings", "watch_card.html", lambda actor, subject: changes.card(host, actor, subject)),
    ]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Read the national address book when the copy is due, and note what has changed in it."""
    return [
        Job("refresh", lambda: local_copy.refresh_if_due(host), _LOOK),
        Job("watch", lambda: watch.note_all(host), _NOTE),
    ]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """The copy's age, and broken links."""
    return [HealthCheck("addressbook", lambda organisation_id: health.check(host, organisation_id))]


@hookimpl
def budkavle_commands(host: Host | None) -> Iterable[click.Command]:
    """`budkavle addressbook ...`."""
    return [group(host)]


@hookimpl(optionalhook=True)
def outlook_secure_recipients(host: Host, organisation_id: UUID, emails: Collection[str]) -> Collection[str]:
    """Say whose organisation is in SDK: its participant is the domain of the address."""
    return in_federation(host, organisation_id, emails)


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Say which personal data it handles."""
    from budkavle_addressbook.personal_data import personal_data

    return personal_data()


@hookimpl
def budkavle_sealed_columns() -> "Iterable[SealedColumn]":
    """Say how its sealed columns open in an export."""
    from budkavle.storage import SealedColumn

    return [SealedColumn("addressbook_contacts", "sealed", "contact:{id}", "json")]
