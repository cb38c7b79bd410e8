"""The section SMS of an organisation's settings, with a test that can send a message."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from uuid import uuid4

import msgspec

from budkavle import Actor, Host, Permanent, Setting, SettingsSection, SettingsTest, record
from budkavle.identification import Limit, within_limit
from budkavle_sms.gateways import trial
from budkavle_sms.gateways.base import Sms
from budkavle_sms.messages.phone_numbers import e164
from budkavle_sms.messages.segments import segments
from budkavle_sms.notices.settings import NoticeSettings, faults, remarks, sender_of
from budkavle_sms.notifier import SENT
from budkavle_sms.parts import parts

NAME = "notices"
TESTS = Limit(10, timedelta(hours=1))
"""Test messages of one organisation."""
TOO_MANY = "Många prov har skickats den senaste timmen. Vänta en stund, och försök igen."
NUMBER = Setting(
    label="Mobilnummer",
    help="Ett prov skickas dit, och räknas som ett vanligt SMS. Utan nummer frågas bara om tjänsten svarar.",
    most=30,
)


def section(host: Host) -> SettingsSection[NoticeSettings]:
    """Return the section."""

    def run(actor: Actor, _chosen: NoticeSettings, number: str) -> Iterator[str]:
        return try_service(host, actor, number)

    seconds = 2 * host.settings.timeout_seconds + 5
    return SettingsSection(
        name=NAME,
        type=NoticeSettings,
        title="SMS",
        help="Vem SMS kommer från, och vad de säger om säkra meddelanden.",
        defaults=msgspec.structs.replace(NoticeSettings(), sender=host.settings.sender),
        check=partial(faults, host),
        remarks=partial(remarks, host),
        test=SettingsTest(label="Prova SMS-tjänsten", run=run, seconds=seconds, asks=NUMBER),
    )


def try_service(host: Host, actor: Actor, number: str) -> Iterator[str]:
    """Check the gateway, send a test if a number is given, and report each step.

    Raises:
        Invalid: The number is invalid.
        Permanent: There have been too many tests, or the gateway will never take the message.
        Temporary: The gateway does not answer.
    """
    sms = _sms(host, actor, number) if number else None
    if sms and not within_limit(host.platform, TESTS, "sms-try", str(actor.organisation_id)):
        raise Permanent(TOO_MANY)
    yield from trial.steps(parts(host).gateway, sms)
    if sms:
        with host.work(actor) as work:
            record(work, SENT, sms.id, what=str(len(segments(sms.text).parts)))


def _sms(host: Host, actor: Actor, number: str) -> Sms:
    with host.work(actor) as work:
        return Sms(uuid4(), e164(number), sender_of(host, work), trial.TEXT)
