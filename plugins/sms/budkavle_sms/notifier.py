"""The notifier for SMS: hands any plugin's notices by SMS to the gateway."""

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
"""Messages that are handed over at the same time."""
BACKOFF = Backoff(timedelta(seconds=2), timedelta(minutes=5), tries=1_000, deadline=timedelta(minutes=1))
"""While a gateway is down, retry until the notice expires, or for some days."""
SENT = "sms.sent"
"""The event log entry for a message taken by the gateway; its fact `what` is the number of segments."""
UNSURE = "Det avbröts medan SMS-tjänsten tog emot det, så det kan ha skickats. Det skickas inte en gång till."
FAILED = "Det gick inte att lämna meddelandet till SMS-tjänsten. Vi försöker igen."


class SmsNotifier:
    """A `Notifier` for SMS.

    Args:
        host: The plugin's host.
        register: Records which gateway has which message.
        reports: Gives each message a report URL, and matches receipts that arrived first.
        gateway: Sends the messages.
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
        """Refuse an invalid phone number.

        Raises:
            Invalid: The message says what is wrong.
        """
        e164(notice.address)

    async def send(self, attempt: NoticeAttempt) -> NoticeState:
        """Hand a message to the gateway.

        Urgent messages are sent again if an earlier attempt may have succeeded. Others are not, unless the gateway
        recognises repeated messages.

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
        except Exception as error:  # noqa: BLE001 - any error only concerns this message
            kind = type(error).__name__  # its text may contain the message
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
            # Counted by segments, which `what` holds.
            record(work, SENT, attempt.notice.id, what=str(len(segments(sms.text).parts)))
        self._register.name(attempt.organisation_id, attempt.notice.id, remote_id)
        self._register.note_gateway(self.gateway.name)
        if remote_id:
            self._reports.match(self.gateway.name, remote_id)

    def _doubt(self, attempt: NoticeAttempt, error: Unsure, *, is_once: bool) -> NoticeState:
        """Give up a message that may have been sent and must not be repeated; otherwise let the core retry."""
        self._register.note_gateway(self.gateway.name, error.sentence)
        if not is_once:
            raise error
        return self._leave(attempt)

    def _leave(self, attempt: NoticeAttempt) -> NoticeState:
        with self._host.work(self._host.system(attempt.organisation_id)) as work:
            report_notice(work, attempt.notice.id, NoticeState.UNSURE, UNSURE)
        return NoticeState.UNSURE
