"""The objects that the plugin consists of, built once from its settings."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from budkavle import Host, Invalid, Misconfigured
from budkavle.notices import NoticeState
from budkavle_sms.gateways.base import Gateway
from budkavle_sms.jobs import Upkeep
from budkavle_sms.messages import senders
from budkavle_sms.notices.arrivals import Notices
from budkavle_sms.notices.carry_over import OlderMessages
from budkavle_sms.notifier import SmsNotifier
from budkavle_sms.receipts import Reports
from budkavle_sms.register import Register
from budkavle_sms.settings import SmsSettings


@dataclass(frozen=True, slots=True)
class Parts:
    """The plugin's objects, built from its settings."""

    register: Register
    reports: Reports
    gateway: Gateway
    notifier: SmsNotifier
    notices: Notices
    older: OlderMessages
    upkeep: Upkeep


@lru_cache(maxsize=8)
def parts(host: Host) -> Parts:
    """Build the objects for a host, once, so that all share one session with an operator.

    Raises:
        Misconfigured: The gateway lacks a setting, or a sender is invalid.
    """
    settings: SmsSettings = host.settings
    _check_senders(settings)
    register = Register(host)
    reports = Reports(host, register)
    older = OlderMessages(host, reports)
    reports.take_older = older.carry_over_of
    gateway = _gateway(settings, reports)
    notifier = SmsNotifier(host, register, reports, gateway)
    upkeep = Upkeep(host, register, reports, older, timedelta(days=settings.keep_days))
    return Parts(register, reports, gateway, notifier, Notices(host), older, upkeep)


def _check_senders(settings: SmsSettings) -> None:
    setting = "sender"
    try:
        senders.sender(settings.sender)
        setting = "senders"
        assigned = [senders.sender(each) for each in settings.senders]
    except Invalid as error:
        raise Misconfigured("{setting} i [plugins.sms]: {error}", setting=setting, error=error) from error
    if len(set(assigned)) < len(assigned):
        raise Misconfigured("senders i [plugins.sms]: samma nummer står två gånger.")


def _gateway(settings: SmsSettings, reports: Reports) -> Gateway:
    if settings.gateway == "46elks":
        from budkavle_sms.gateways.elks import Elks

        return Elks(settings.elks, settings.timeout_seconds)
    if settings.gateway == "http":
        from budkavle_sms.gateways.http_service import HttpService

        return HttpService(settings.http, settings.timeout_seconds)
    if settings.gateway == "smpp":
        from budkavle_sms.gateways.smpp import Smpp

        async def on_receipt(remote_id: str, state: NoticeState) -> None:
            await asyncio.to_thread(reports.receipt, "smpp", remote_id, state)

        return Smpp(settings.smpp, settings.timeout_seconds, on_receipt)
    from budkavle_sms.gateways.log import LogGateway

    return LogGateway()
