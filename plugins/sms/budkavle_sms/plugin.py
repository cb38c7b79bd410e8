"""The hook implementations of the plugin."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from budkavle import FactWords, HealthCheck, Host, IdentityProvider, Job, SettingsSection, hookimpl
from budkavle.notices import NoticeStatus, Notifier
from budkavle.operations import Destroyed
from budkavle.web import Panel
from budkavle_sms import health
from budkavle_sms.notices.facts import FACTS
from budkavle_sms.parts import parts
from budkavle_sms.provider import SmsCode
from budkavle_sms.settings import SmsSettings

if TYPE_CHECKING:
    import click
    from litestar import Router

    from budkavle.organisation import PersonalData
    from budkavle_sms.notices.settings import NoticeSettings


@hookimpl
def budkavle_settings() -> type[SmsSettings]:
    """Give the type of `[plugins.sms]`."""
    return SmsSettings


@hookimpl
def budkavle_label() -> str:
    """Give its display name."""
    return "SMS"


@hookimpl
def budkavle_settings_sections(host: Host) -> "Iterable[SettingsSection[NoticeSettings]]":
    """Give an organisation's settings: its sender, and notices by SMS."""
    from budkavle_sms.section import section

    return [section(host)]


@hookimpl
def budkavle_identity_providers(host: Host) -> Iterable[IdentityProvider]:
    """Give identification by a code in an SMS."""
    return [SmsCode(host)]


@hookimpl
def budkavle_notifiers(host: Host) -> Iterable[Notifier]:
    """Give the notifier for SMS, for all plugins."""
    return [parts(host).notifier]


@hookimpl
def budkavle_event_words() -> Mapping[str, str | FactWords]:
    """Give the sentences of its event log entries."""
    return {
        "sms.sent": "Ett SMS skickades ({what} delar)",
        "sms.settings-changed": "Organisationens inställningar för SMS ändrades",
        "sms.tested": "SMS-tjänsten provades och svarade",
        "sms.test-failed": "SMS-tjänsten provades och provet gick inte",
        **{f"delivery.{fact.lower()}": words for fact, words in FACTS.items()},
    }


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the administrators' pages, and the endpoint of delivery reports."""
    from budkavle_sms import pages, routes

    sms = parts(host)
    return [pages.router(host), routes.router(sms.reports, sms.gateway)]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:  # noqa: ARG001 - required by the hook
    """Give the link to the pages."""
    from budkavle_sms import pages

    return [Panel("nav.item", "nav.html", pages.nav_item, order=80)]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Keep the session open, request missed notices, delete old data, and take over an older version's messages."""
    sms = parts(host)
    return [
        Job("attend", lambda: sms.upkeep.attend(sms.gateway), timedelta(seconds=1)),
        Job("catch-up", sms.notices.catch_up, timedelta(minutes=1)),
        Job("sweep", sms.upkeep.sweep, timedelta(hours=1)),
        Job("carry-over", sms.older.carry_over, timedelta(minutes=1)),
    ]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Check the gateway, failures, and the assignment of senders."""
    sms = parts(host)
    return [
        HealthCheck("gateway", lambda organisation_id: health.check(host, sms.register, sms.gateway, organisation_id)),
        HealthCheck("senders", lambda organisation_id: health.senders(host, sms.gateway, organisation_id)),
        HealthCheck(
            "plaintext", lambda organisation_id: health.plaintext(host.settings, organisation_id), at_start=True
        ),
    ]


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle sms ...`."""
    from budkavle_sms.commands import group

    return [group(host)]


@hookimpl
def budkavle_state_changed(host: Host, organisation_id: UUID, delivery_id: UUID, state: str) -> None:
    """Notify the reader of a secure message by SMS, beside the e-mail."""
    parts(host).notices.state_changed(organisation_id, delivery_id, state)


@hookimpl
def budkavle_clean_up(host: Host, destroyed: Destroyed) -> None:
    """Delete an older version's messages about destroyed deliveries; the core deletes the notices."""
    parts(host).older.forget(destroyed.organisation_id, destroyed.delivery_ids)


@hookimpl
def budkavle_notice_due(host: Host, status: NoticeStatus) -> bool | None:
    """Withdraw notices about messages that are opened or recalled by now."""
    return parts(host).notices.is_due(status)


@hookimpl
def budkavle_notice_changed(host: Host, status: NoticeStatus) -> None:
    """Record the outcome of an SMS on its delivery."""
    parts(host).notices.changed(status)


@hookimpl
def budkavle_personal_data(host: Host) -> "Iterable[PersonalData]":
    """Describe the personal data it handles."""
    from budkavle_sms.personal_data import personal_data

    return personal_data(host)
