"""The hook implementations of the plugin."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from budkavle import Address, Adviser, Host, Job, SettingsSection, Work, hookimpl
from budkavle.web import Panel

if TYPE_CHECKING:
    from litestar import Router

    from budkavle.organisation import PersonalData
    from budkavle.storage import SealedColumn


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "Mallar"


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the pages for writing templates."""
    from budkavle_templates import pages

    return [pages.router(host)]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """Give the templates in the form of a message, and the links to their pages."""
    from budkavle_templates import choosing, pages

    return [
        Panel("compose.texts", "choose.html", partial(choosing.offer, host)),
        Panel("account.settings", "card.html", pages.own_card),
        Panel("mailbox.information", "mailbox_card.html", partial(pages.mailbox_card, host)),
    ]


@hookimpl
def budkavle_compose_text(
    host: Host, work: Work, choice: str, mailbox_id: UUID, case_id: UUID | None, recipients: Sequence[Address]
) -> tuple[str, str] | None:
    """Give the chosen template, with its fields filled in."""
    from budkavle_templates import choosing

    return choosing.filled_text(host, work, choice, mailbox_id, case_id, recipients)


@hookimpl
def budkavle_advisers() -> Iterable[Adviser]:
    """Give the adviser that warns about fields that are not filled in."""
    from budkavle_templates.advice import FieldAdviser

    return [FieldAdviser()]


@hookimpl
def budkavle_settings_sections() -> "Iterable[SettingsSection[Any]]":
    """Give the settings that the templates of a mailbox are filled in with."""
    from budkavle_templates.settings import section

    return [section()]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Give the job that removes the templates of mailboxes and accounts that are gone."""
    from budkavle_templates.sweeping import sweep

    return [Job("sweep", partial(sweep, host), every=timedelta(days=1))]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its event log entries."""
    return {
        "templates.added": "En mall skapades i {thing}",
        "templates.changed": "En mall ändrades i {thing}",
        "templates.removed": "En mall togs bort i {thing}",
    }


@hookimpl
def budkavle_sealed_columns() -> "Iterable[SealedColumn]":
    """Describe how its sealed column opens in an export."""
    from budkavle.storage import SealedColumn

    return [SealedColumn("templates_templates", "content", "template:{id}", "json")]


@hookimpl
def budkavle_personal_data() -> "Iterable[PersonalData]":
    """Describe the personal data it handles."""
    from budkavle_templates.personal_data import personal_data

    return personal_data()
