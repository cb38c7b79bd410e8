"""The worker's job: claims due messages, hands each to the gateway, and stores the result."""

import asyncio
from datetime import timedelta

from budkavle import ActorScope, Host, Permanent, Sentence, Temporary
from budkavle.accounts import all_organisations
from budkavle_sms.facts import MAYBE_TEXTED, NOT_TEXTED
from budkavle_sms.gateways.base import Gateway, Sms, Unsure
from budkavle_sms.outbox import Kind, Outbox, Queued
from budkavle_sms.receipts import Reports

AT_ONCE = 10
"""How many messages are handed over at the same time."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=5)
TOO_LATE = "Meddelandet hann inte skickas medan det gällde."
UNSURE = "Det avbröts medan SMS-tjänsten tog emot det, så det kan ha skickats. Det skickas inte en gång till."
FAILED = "Det gick inte att lämna meddelandet till SMS-tjänsten. Vi försöker igen."


class Sending:
    """Empties the outbox.

    Args:
        host: The plugin's host.
        outbox: The messages.
        reports: Gives each message the address of its report, and matches receipts that came first.
        gateway: Who carries them.
        keep: How long the list of sent messages goes back.
    """

    def __init__(self, host: Host, outbox: Outbox, reports: Reports, gateway: Gateway, keep: timedelta) -> None:
        self._host = host
        self._outbox = outbox
        self._reports = reports
        self._gateway = gateway
        self._keep = keep

    async def send(self) -> int:
        """Hand over what is due; returns how many tries that took. Run it as a job."""
        await self._gateway.attend()
        queued = await asyncio.to_thread(self._outbox.claim, AT_ONCE)
        await asyncio.gather(*(self._send_one(message) for message in queued))
        return len(queued)

    def sweep(self) -> int:
        """Forget what is old. Run it as a job."""
        system = self._host.system(None, ActorScope.INSTALLATION)
        organisations = [one.id for one in all_organisations(self._host.platform, system)]
        return self._outbox.sweep(organisations, self._keep) + self._reports.sweep()

    async def _send_one(self, message: Queued) -> None:
        if message.expired:
            await asyncio.to_thread(self._never, message, Sentence(TOO_LATE))
            return
        if message.unsure and self._is_once(message):
            await asyncio.to_thread(self._doubt, message)
            return
        await asyncio.to_thread(self._outbox.handing, message, self._gateway.name)
        try:
            remote_id = await self._gateway.send(self._sms(message))
        except Permanent as error:
            await asyncio.to_thread(self._never, message, error.sentence)
        except Unsure as error:
            await asyncio.to_thread(self._perhaps, message, error.sentence)
        except Temporary as error:
            await asyncio.to_thread(self._later, message, error.sentence)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this message's alone
            kind = type(error).__name__  # its words may hold the message
            self._host.log.error("sms.not_handed_over", kind=message.kind.value, error=kind)  # noqa: TRY400 - as above
            await asyncio.to_thread(self._perhaps, message, Sentence(FAILED))
        else:
            await asyncio.to_thread(self._sent, message, remote_id)

    def _sms(self, message: Queued) -> Sms:
        content = message.content
        report_url = self._reports.url(message.organisation_id, message.id)
        return Sms(message.id, content.to, content.sender, content.text, message.kind is Kind.CODE, report_url)

    def _sent(self, message: Queued, remote_id: str) -> None:
        name = self._gateway.name
        self._outbox.sent(message, name, remote_id, keep_text=name == "log")
        self._outbox.note_gateway(name)
        if remote_id:
            self._reports.match(name, remote_id)

    def _never(self, message: Queued, failure: Sentence) -> None:
        if self._outbox.fail(message, failure) and message.delivery_id is not None:
            self._reports.tell(message.organisation_id, message.delivery_id, NOT_TEXTED, failure)

    def _is_once(self, message: Queued) -> bool:
        """Tell whether it must not come twice; a code is sent again, since without it nobody gets in."""
        return message.kind is Kind.NOTICE and not self._gateway.takes_once

    def _perhaps(self, message: Queued, failure: Sentence) -> None:
        if not self._is_once(message):
            self._later(message, failure)
            return
        self._doubt(message)
        self._outbox.note_gateway(self._gateway.name, failure)

    def _doubt(self, message: Queued) -> None:
        """Leave a notice that may have been sent."""
        if self._outbox.doubt(message, UNSURE) and message.delivery_id is not None:
            self._reports.tell(message.organisation_id, message.delivery_id, MAYBE_TEXTED, UNSURE)

    def _later(self, message: Queued, failure: Sentence) -> None:
        pause = min(FIRST_PAUSE * 2 ** min(message.attempt - 1, 20), LONGEST_PAUSE)
        self._outbox.postpone(message, pause, failure)
        self._outbox.note_gateway(self._gateway.name, failure)
        self._host.log.warning("sms.postponed", kind=message.kind.value, attempt=message.attempt)
