"""The hook implementations of the plugin."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from budkavle import Address, HealthCheck, Host, IdentityProvider, Job, Outbox, SettingsSection, Transport, hookimpl
from budkavle.notices import NoticeStatus, NoticeWay, Notifier
from budkavle.operations import Destroyed
from budkavle.web import Panel
from budkavle_email_link import health
from budkavle_email_link.commands import group
from budkavle_email_link.jobs import Due
from budkavle_email_link.link_settings import link_section
from budkavle_email_link.links import Links
from budkavle_email_link.mail.own_server import section
from budkavle_email_link.mail.sender import post_of
from budkavle_email_link.notices.accounts import Accounts
from budkavle_email_link.notices.arrivals import Arrivals
from budkavle_email_link.notices.carry_over import carry_over
from budkavle_email_link.notices.mail_way import MailWay
from budkavle_email_link.notices.missed import Missed
from budkavle_email_link.notifier import MailNotifier
from budkavle_email_link.provider import EmailCodes
from budkavle_email_link.queued_codes import QueuedCodes
from budkavle_email_link.receipts.bounces import Returns
from budkavle_email_link.settings import EmailLinkSettings
from budkavle_email_link.transport import FAMILY, NAME, LinkTransport

if TYPE_CHECKING:
    from litestar import Router

    from budkavle.organisation import PersonalData
    from budkavle.storage import SealedColumn


@hookimpl
def budkavle_settings() -> type[EmailLinkSettings]:
    """Return the type of `[plugins.email_link]`."""
    return EmailLinkSettings


@hookimpl
def budkavle_label() -> str:
    """Return its display name."""
    return "Meddelanden via länk"


@hookimpl
def budkavle_transports(host: Host) -> Iterable[Transport]:
    """Return the transport `link`."""
    return [LinkTransport(host, post_of(host))]


@hookimpl
def budkavle_choose_transport(recipient: Address, offers: Sequence[Transport]) -> Transport | None:
    """Choose the link for an e-mail address that has no account here."""
    links = [offer for offer in offers if offer.name == NAME]
    return links[0] if links and recipient.transport == FAMILY else None


@hookimpl
def budkavle_identity_providers(host: Host) -> Iterable[IdentityProvider]:
    """Return the provider of codes by e-mail."""
    return [EmailCodes(host, post_of(host))]


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Return the pages of the links, and of the development outbox."""
    from budkavle_email_link.pages import development_outbox, link

    return [link.router(host), development_outbox.router(host)]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """Return the card that leads to the development outbox, if it is used."""
    from budkavle_email_link.pages import development_outbox

    outbox = Panel("organisation.settings", "outbox_card.html", development_outbox.card)
    return [outbox] if host.settings.shows_outbox else []


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Return the jobs: reminders and expiry, bounces, deletion, and notices that were missed or queued earlier."""
    settings: EmailLinkSettings = host.settings
    due = Due(host, post_of(host))
    return [
        Job("due", due.run, timedelta(seconds=5)),
        Job("bounces", Returns(host).collect, timedelta(seconds=settings.bounce_seconds)),
        Job("sweep", due.sweep, timedelta(hours=6)),
        Job("carry-over", lambda: carry_over(host), timedelta(minutes=1)),
        Job("missed", Missed(host).run, timedelta(minutes=5)),
    ]


@hookimpl
def budkavle_settings_sections(host: Host) -> Iterable[SettingsSection[Any]]:
    """Return the settings of an own mail server, and those of an organisation's links."""
    return [section(host), link_section(host.settings)]


@hookimpl
def budkavle_notifiers(host: Host) -> Iterable[Notifier]:
    """Return the notifier for mail, which sends the notices of all plugins."""
    return [MailNotifier(host, post_of(host))]


@hookimpl
def budkavle_notice_ways(host: Host) -> Iterable[NoticeWay]:
    """Return mail as a channel for notifying members of mailboxes."""
    return [MailWay(tells_accounts=host.settings.notify_accounts)]


@hookimpl
def budkavle_outboxes(host: Host) -> Iterable[Outbox]:
    """Return the outbox of codes for accounts, and those of an older version, whose entries become notices."""
    every = timedelta(minutes=1)
    return [
        QueuedCodes(host, post_of(host)).outbox(),
        Outbox("notices", Arrivals(host).ask_for_entry, every=every),
        Outbox("accounts", Accounts(host).ask_for_entry, every=every),
    ]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Return the checks that mails can be sent and that bounces can be received."""
    return [
        HealthCheck("mail", lambda organisation_id: health.check(host, organisation_id)),
        HealthCheck(
            "plaintext", lambda organisation_id: health.plaintext(host.settings, organisation_id), at_start=True
        ),
    ]


@hookimpl
def budkavle_commands(host: Host | None) -> Iterable[click.Command]:
    """Return `budkavle email ...`."""
    return [group(host)]


@hookimpl
def budkavle_message_received(host: Host, organisation_id: UUID, message_id: UUID) -> None:
    """Request the notice to the recipient, if it is a user with an account."""
    Arrivals(host).ask_now(organisation_id, message_id)


@hookimpl
def budkavle_account_changed(host: Host, organisation_id: UUID, user_id: UUID, kind: str) -> None:
    """Request the notice to the account's user."""
    Accounts(host).ask_now(organisation_id, user_id, kind)


@hookimpl
def budkavle_notice_due(host: Host, status: NoticeStatus) -> bool | None:
    """Withdraw the notice of a message that has been recalled meanwhile."""
    return Arrivals(host).is_due(status)


@hookimpl
def budkavle_notice_changed(host: Host, status: NoticeStatus) -> None:
    """Record the result of a notice that was requested here."""
    Arrivals(host).changed(status)
    Accounts(host).changed(status)


@hookimpl
def budkavle_clean_up(host: Host, destroyed: Destroyed) -> None:
    """Delete the readers' details of destroyed messages."""
    Links(host).forget(destroyed.organisation_id, destroyed.delivery_ids)


@hookimpl
def budkavle_personal_data(host: Host) -> "Iterable[PersonalData]":
    """Describe the personal data that it processes."""
    from budkavle_email_link.personal_data import personal_data

    return personal_data(host)


@hookimpl
def budkavle_sealed_columns() -> "Iterable[SealedColumn]":
    """Describe its sealed columns, so that they are resealed under a renewed key; no export contains them."""
    from budkavle.storage import SealedColumn

    return [
        SealedColumn("email_link_links", "sealed", "link:{delivery_id}", "json", exported=False),
    ]
