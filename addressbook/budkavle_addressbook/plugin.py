"""The hook implementations of the plugin."""

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
"""How often a worker checks whether the copy is due. The interval itself is a setting and survives a restart."""
_NOTE = timedelta(hours=1)
"""How often changes are noted."""


@hookimpl
def budkavle_hookspecs() -> ModuleType:
    """Give the hooks for expiring certificates and for actions on contacts."""
    return hookspecs


@hookimpl
def budkavle_settings() -> type[Settings]:
    """Give the type of `[plugins.addressbook]`."""
    return Settings


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Adressbok"


@hookimpl
def budkavle_settings_sections() -> Iterable[SettingsSection[BookSettings]]:
    """Give the settings of who may change which contacts."""
    return [SECTION]


@hookimpl
def budkavle_directories(host: Host) -> Iterable[Directory]:
    """Give the directories of the national address book and of contacts."""
    return [NationalDirectory(host), ContactDirectory(host)]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its event log entries."""
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
    """Delete the personal contacts of closed accounts of which nothing is kept."""
    from budkavle_addressbook.contacts.forgetting import forget_accounts

    forget_accounts(host, destroyed)


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the pages of contacts, of the link, and of the changes."""
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
    """Give the links to the contacts and the changes, and the panels of a mailbox's settings about them."""
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
    """Give the jobs that read the national address book when due, and note its changes."""
    return [
        Job("refresh", lambda: local_copy.refresh_if_due(host), _LOOK),
        Job("watch", lambda: watch.note_all(host), _NOTE),
    ]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Report the age of the copy, and broken links."""
    return [HealthCheck("addressbook", lambda organisation_id: health.check(host, organisation_id))]


@hookimpl
def budkavle_commands(host: Host | None) -> Iterable[click.Command]:
    """Give `budkavle addressbook ...`."""
    return [group(host)]


@hookimpl(optionalhook=True)
def outlook_secure_recipients(host: Host, organisation_id: UUID, emails: Collection[str]) -> Collection[str]:
    """Give the addresses whose organisation is in SDK: its participant is the domain of the address."""
    return in_federation(host, organisation_id, emails)


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Describe the personal data it handles."""
    from budkavle_addressbook.personal_data import personal_data

    return personal_data()


@hookimpl
def budkavle_sealed_columns() -> "Iterable[SealedColumn]":
    """Describe how its sealed columns open in an export."""
    from budkavle.storage import SealedColumn

    return [SealedColumn("addressbook_contacts", "sealed", "contact:{id}", "json")]
