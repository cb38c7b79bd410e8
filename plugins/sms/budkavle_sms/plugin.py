"""What the SMS plugin registers."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from budkavle import HealthCheck, Host, IdentityProvider, Invalid, Job, Misconfigured, Panel, hookimpl
from budkavle_sms import health, senders
from budkavle_sms.gateway import Gateway
from budkavle_sms.notices import Notices
from budkavle_sms.outbox import Outbox, State
from budkavle_sms.provider import SmsCode
from budkavle_sms.reports import Reports
from budkavle_sms.sending import Sending
from budkavle_sms.settings import SmsSettings

if TYPE_CHECKING:
    import click
    from litestar import Router


@dataclass(frozen=True, slots=True)
class Parts:
    """The plugin's parts, put together from its settings."""

    outbox: Outbox
    reports: Reports
    gateway: Gateway
    sending: Sending
    notices: Notices


@lru_cache(maxsize=8)
def parts(host: Host) -> Parts:
    """Put the parts together for one host, once: a line to an operator is one for all of them.

    Raises:
        Misconfigured: The gateway lacks a setting, or the sender is none.
    """
    settings: SmsSettings = host.settings
    try:
        senders.sender(settings.sender)
    except Invalid as error:
        raise Misconfigured("sender i [plugins.sms]: {error}", error=error) from error
    outbox = Outbox(host)
    reports = Reports(host, outbox)
    gateway = _gateway(settings, reports)
    sending = Sending(host, outbox, reports, gateway, timedelta(days=settings.keep_days))
    return Parts(outbox, reports, gateway, sending, Notices(host, outbox))


def _gateway(settings: SmsSettings, reports: Reports) -> Gateway:
    if settings.gateway == "46elks":
        from budkavle_sms.elks import Elks

        return Elks(settings.elks, settings.timeout_seconds)
    if settings.gateway == "http":
        from budkavle_sms.http_service import HttpService

        return HttpService(settings.http, settings.timeout_seconds)
    if settings.gateway == "smpp":
        from budkavle_sms.smpp import Smpp

        async def on_receipt(remote_id: str, state: State) -> None:
            await asyncio.to_thread(reports.receipt, "smpp", remote_id, state)

        return Smpp(settings.smpp, settings.timeout_seconds, on_receipt)
    from budkavle_sms.log_gateway import LogGateway

    return LogGateway()


@hookimpl
def budkavle_settings() -> type[SmsSettings]:
    """Give the type of `[plugins.sms]`."""
    return SmsSettings


@hookimpl
def budkavle_identity_providers(host: Host) -> Iterable[IdentityProvider]:
    """Give the code by SMS."""
    return [SmsCode(host, parts(host).outbox)]


@hookimpl
def budkavle_event_words() -> Mapping[str, str]:
    """Give the sentences of its entries in the event log."""
    return {
        "sms.settings-changed": "Organisationens inställningar för SMS ändrades",
    }


@hookimpl
def budkavle_routes(host: Host) -> "Iterable[Router]":
    """Give the pages of administrators, and the address of delivery reports."""
    from budkavle_sms import report_routes, routes

    own = parts(host)
    return [routes.router(host, own.outbox), report_routes.router(own.reports, own.gateway)]


@hookimpl
def budkavle_panels(host: Host) -> Iterable[Panel]:  # noqa: ARG001 - the promise has it
    """Give the way to the pages."""
    from budkavle_sms import routes

    return [Panel("nav.item", "nav.html", routes.nav_item, order=80)]


@hookimpl
def budkavle_jobs(host: Host) -> Iterable[Job]:
    """Send what waits, catch up with what was missed, forget what is old."""
    own, settings = parts(host), host.settings
    return [
        Job("send", own.sending.send, timedelta(seconds=settings.poll_seconds)),
        Job("catch-up", own.notices.catch_up, timedelta(minutes=1)),
        Job("sweep", own.sending.sweep, timedelta(hours=1)),
    ]


@hookimpl
def budkavle_health_checks(host: Host) -> Iterable[HealthCheck]:
    """Ask the gateway, and count what has failed."""
    own = parts(host)
    return [
        HealthCheck("gateway", lambda organisation_id: health.check(host, own.outbox, own.gateway, organisation_id))
    ]


@hookimpl
def budkavle_commands(host: Host | None) -> "Iterable[click.Command]":
    """Give `budkavle sms ...`."""
    from budkavle_sms.commands import group

    return [group(host)]


@hookimpl
def budkavle_state_changed(host: Host, organisation_id: UUID, delivery_id: UUID, state: str) -> None:
    """Tell the reader of a secure message by SMS, beside the e-mail."""
    parts(host).notices.state_changed(organisation_id, delivery_id, state)
