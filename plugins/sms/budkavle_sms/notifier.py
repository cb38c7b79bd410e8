"""The notifier for SMS: hands what any plugin tells somebody by SMS to the gateway."""

import asyncio
from datetime import timedelta

from budkavle import ActorScope, Backoff, Host, Permanent, Temporary, record
from budkavle.notices import Notice, NoticeAttempt, NoticeKind, NoticeState, NotifierTraits, report_notice
from budkavle_sms.gateways.base import Gateway, Sms, Unsure
from budkavle_sms.messages.phone_numbers import e164
from budkavle_sms.messages.segments import segments
from budkavle_sms.notices.settings import sender_of
from budkavle_sms.receipts import Reports
from budkavle_sms.register import Register
from budkavle_sms.settings import SmsSettings

AT_ONCE = 10
"""How many messages are handed over at the same time."""
BACKOFF = Backoff(timedelta(seconds=2), timedelta(minutes=5), tries=1_000, deadline=timedelta(minutes=1))
"""A gateway that is down is asked until the notice's time is up, or for some days."""
SENT = "sms.sent"
"""The entry of the event log for a message that the gateway has taken; its fact `what` is the number of segments."""
UNSURE = "Det avbröts medan SMS-tjänsten tog emot det, så det kan ha skickats. Det skickas inte en gång till."
FAILED = "Det gick inte att lämna meddelandet till SMS-tjänsten. Vi försöker igen."


class SmsNotifier:
    """A `Notifier` for SMS.

    Args:
        host: The plugin's host.
        register: Remembers which gateway has got what.
        reports: Gives each message the address of its report, and matches receipts that came first.
        gateway: Who carries the messages.
    """

    name = "sms"
    kind = NoticeKind.SMS

    def __init__(self, host: Host, register: Register, reports: Reports, gateway: Gateway) -> None:
        settings: SmsSettings = host.settings
        self._host = host
        self._register = register
        self._reports = reports
        self.gateway = gateway
        self.traits = NotifierTraits(
            BACKOFF,
            every=timedelta(seconds=settings.poll_seconds),
            at_once=AT_ONCE,
            kept=timedelta(days=settings.keep_days),
            keeps_text=gateway.name == "log",
        )

    def check(self, notice: Notice) -> None:
        """Refuse what is no phone number.

        Raises:
            Invalid: With what is wrong.
        """
        e164(notice.address)

    async def send(self, attempt: NoticeAttempt) -> NoticeState:
        """Hand one message to the gateway.

        What somebody waits for is sent again where an earlier try may have gone; anything else is not, unless the
        gateway knows a message again.

        Raises:
            Temporary: The gateway does not take it now.
            Permanent: It will never take it.
        """
        organisation_id, notice = attempt.organisation_id, attempt.notice
        is_once = not notice.is_urgent and not self.gateway.takes_once
        if is_once and await asyncio.to_thread(self._register.is_begun, organisation_id, notice.id):
            return await asyncio.to_thread(self._leave, attempt)
        sms = await asyncio.to_thread(self._begin, attempt)
        try:
            remote_id = await self.gateway.send(sms)
        except Permanent:
            raise
        except Unsure as error:
            return await asyncio.to_thread(self._doubt, attempt, error, is_once=is_once)
        except Temporary as error:
            await asyncio.to_thread(self._register.take_back, organisation_id, notice.id)
            await asyncio.to_thread(self._register.note_gateway, self.gateway.name, error.sentence)
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this message's alone
            kind = type(error).__name__  # its words may hold the message
            self._host.log.error("sms.not_handed_over", kind=notice.topic, error=kind)  # noqa: TRY400 - as above
            return await asyncio.to_thread(self._doubt, attempt, Unsure(FAILED), is_once=is_once)
        await asyncio.to_thread(self._end, attempt, sms, remote_id)
        return NoticeState.SENT

    def _begin(self, attempt: NoticeAttempt) -> Sms:
        notice = attempt.notice
        text = f"{notice.text}\n{notice.link.url}" if notice.link else notice.text
        with self._host.work(self._host.system(attempt.organisation_id, ActorScope.READ)) as work:
            sender = sender_of(self._host, work)
        report_url = self._reports.url(attempt.organisation_id, notice.id)
        self._register.begin(attempt.organisation_id, notice.id, self.gateway.name)
        return Sms(notice.id, e164(notice.address), sender, text, notice.is_secret, report_url)

    def _end(self, attempt: NoticeAttempt, sms: Sms, remote_id: str) -> None:
        with self._host.work(self._host.system(attempt.organisation_id)) as work:
            # Counted by what divides the kind: so many segments, so often.
            record(work, SENT, attempt.notice.id, what=str(len(segments(sms.text).parts)))
        self._register.name(attempt.organisation_id, attempt.notice.id, remote_id)
        self._register.note_gateway(self.gateway.name)
        if remote_id:
            self._reports.match(self.gateway.name, remote_id)

    def _doubt(self, attempt: NoticeAttempt, error: Unsure, *, is_once: bool) -> NoticeState:
        """Leave what may have been sent and must not come twice; let the core try anything else again."""
        self._register.note_gateway(self.gateway.name, error.sentence)
        if not is_once:
            raise error
        return self._leave(attempt)

    def _leave(self, attempt: NoticeAttempt) -> NoticeState:
        with self._host.work(self._host.system(attempt.organisation_id)) as work:
            report_notice(work, attempt.notice.id, NoticeState.UNSURE, UNSURE)
        return NoticeState.UNSURE
