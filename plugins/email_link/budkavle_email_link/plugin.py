"""What the link plugin registers."""

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
from budkavle_email_link.receipts.bounces import Returns
from budkavle_email_link.settings import EmailLinkSettings
from budkavle_email_link.transport import FAMILY, NAME, LinkTransport

if TYPE_CHECKING:
    from litestar import Router

    from budkavle.organisation import PersonalData
    from budkavle.storage import SealedColumn


@hookimpl
def budkavle_settings() -> type[EmailLinkSettings]:
    """Settings of `[plugins.email_link]`."""
    return EmailLinkSettings


@hookimpl
def budkavle_label() -> str:
    """Give its name in words."""
    return "Meddelanden via länk"


@hookimpl
def budkavle_transports(host: Host) -> Iterable[Transport]:
    """The transport `link`."""
    return [LinkTransport(host, post_of(host))]


@hookimpl
def budkavle_choose_transport(recipient: Address, offers: Sequence[Transport]) -> Transport | None:
    """Choose the link for an e-mail address that has no account here."""
    links = [offer for offer in offers if offer.name == NAME]
    return links[0] if links and recipient.transport == FAMILY else None


@hookimpl
def budkavle_identity_providers(host: Host) -> Iterable[IdentityProvider]:
    """Codes by e-mail."""
    return [EmailCodes(host, post_of(host))]


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """The pages of the links, and of the outbox of development."""
    from budkavle_email_link.pages import development_outbox, link

    return [link.router(host), development_outbox.router(host)]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:
    """The way to the outbox, where there is one."""
    from budkavle_email_link.pages import development_outbox

    outbox = Panel("organisation.settings", "outbox_card.html", development_outbox.card)
    return [outbox] if host.settings.shows_outbox else []


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Reminders, ends of links; bounces; forgetting; and notices that an older version has queued, or were missed."""
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
    """An organisation's own mail server, or a mailbox's; and what an organisation decides about its links."""
    return [section(host), link_section(host.settings)]


@hookimpl
def budkavle_notifiers(host: Host) -> Iterable[Notifier]:
    """Mail, for all plugins that send notices."""
    return [MailNotifier(host, post_of(host))]


@hookimpl
def budkavle_notice_ways(host: Host) -> Iterable[NoticeWay]:
    """Mail, for the members of mailboxes."""
    return [MailWay(tells_accounts=host.settings.notify_accounts)]


@hookimpl
def budkavle_outboxes(host: Host) -> Iterable[Outbox]:
    """What an older version has queued: it becomes notices."""
    every = timedelta(minutes=1)
    return [
        Outbox("notices", Arrivals(host).ask_for_entry, every=every),
        Outbox("accounts", Accounts(host).ask_for_entry, every=every),
    ]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Whether mails get out, and whether bounces get in."""
    return [
        HealthCheck("mail", lambda organisation_id: health.check(host, organisation_id)),
        HealthCheck(
            "plaintext", lambda organisation_id: health.plaintext(host.settings, organisation_id), at_start=True
        ),
    ]


@hookimpl
def budkavle_commands(host: Host | None) -> Iterable[click.Command]:
    """`budkavle email ...`."""
    return [group(host)]


@hookimpl
def budkavle_message_received(host: Host, organisation_id: UUID, message_id: UUID) -> None:
    """Ask for the notice that tells a registered user of it."""
    Arrivals(host).ask_now(organisation_id, message_id)


@hookimpl
def budkavle_account_changed(host: Host, organisation_id: UUID, user_id: UUID, kind: str) -> None:
    """Ask for the notice that tells its user of it."""
    Accounts(host).ask_now(organisation_id, user_id, kind)


@hookimpl
def budkavle_notice_due(host: Host, status: NoticeStatus) -> bool | None:
    """Withdraw what tells of a message that has been recalled meanwhile."""
    return Arrivals(host).is_due(status)


@hookimpl
def budkavle_notice_changed(host: Host, status: NoticeStatus) -> None:
    """Note what became of the notices that were asked for here."""
    Arrivals(host).changed(status)
    Accounts(host).changed(status)


@hookimpl
def budkavle_clean_up(host: Host, destroyed: Destroyed) -> None:
    """Forget the readers of messages that have been destroyed."""
    Links(host).forget(destroyed.organisation_id, destroyed.delivery_ids)


@hookimpl
def budkavle_personal_data(host: Host) -> "Iterable[PersonalData]":
    """Say which personal data it handles."""
    from budkavle_email_link.personal_data import personal_data

    return personal_data(host)


@hookimpl
def budkavle_sealed_columns() -> "Iterable[SealedColumn]":
    """Say how to open its secrets, so that they can be resealed under a renewed key; no export has them."""
    from budkavle.storage import SealedColumn

    return [
        SealedColumn("email_link_links", "sealed", "link:{delivery_id}", "json", exported=False),
    ]
