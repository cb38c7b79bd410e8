"""The objects that the plugin is made of, put together once from its settings."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from budkavle import Host, Invalid, Misconfigured
from budkavle_sms.gateways.base import Gateway
from budkavle_sms.jobs import Sending
from budkavle_sms.messages import senders
from budkavle_sms.notices import Notices
from budkavle_sms.outbox import Outbox, State
from budkavle_sms.receipts import Reports
from budkavle_sms.settings import SmsSettings


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
        from budkavle_sms.gateways.elks import Elks

        return Elks(settings.elks, settings.timeout_seconds)
    if settings.gateway == "http":
        from budkavle_sms.gateways.http_service import HttpService

        return HttpService(settings.http, settings.timeout_seconds)
    if settings.gateway == "smpp":
        from budkavle_sms.gateways.smpp import Smpp

        async def on_receipt(remote_id: str, state: State) -> None:
            await asyncio.to_thread(reports.receipt, "smpp", remote_id, state)

        return Smpp(settings.smpp, settings.timeout_seconds, on_receipt)
    from budkavle_sms.gateways.log import LogGateway

    return LogGateway()
