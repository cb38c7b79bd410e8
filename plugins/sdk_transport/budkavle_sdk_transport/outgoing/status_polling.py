"""Asking the access point what became of what it took, and ending what nobody answers (features SD6, SD7).

Sources: B1.4.2, KV Meddelandestatus (SCHEDULED_FOR_RESEND; MESSAGE_EXCHANGE_ERROR for a missing transport receipt, a
missing message receipt, and a receipt of ours that cannot be delivered); B1.4.7 SAD (svarstidsbevakning, omsändning).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from budkavle import DeliveryState, Host, Reason, Receipt, ReceiptWords, receipt
from budkavle_sdk_transport import texts
from budkavle_sdk_transport.access_points.availability import PointWatch
from budkavle_sdk_transport.access_points.interface import (
    MOST_UNANSWERED,
    AccessPoint,
    AccessPointUnavailable,
    Unanswered,
)
from budkavle_sdk_transport.access_points.message_status import DELIVERY_STATES
from budkavle_sdk_transport.keys.participants import Identities
from budkavle_sdk_transport.message.conversion import NAME
from budkavle_sdk_transport.outgoing.submissions import Enqueued, UnderWay
from budkavle_sdk_transport.settings import TimingSettings

MOST: Final = 200
"""How many are dealt with for one organisation at a time."""
FAILED: Final = "SEND_FAILURE"
"""The access point's word for what it has given up."""
State = DeliveryState


class Following:
    """Follows what is under way until the access point, the recipient, or the clock has said how it ended."""

    def __init__(
        self,
        host: Host,
        identities: Identities,
        access_point: AccessPoint,
        timing: TimingSettings | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._host = host
        self._watch = PointWatch(host)
        self._identities = identities
        self._access_point = access_point
        self._timing = timing or TimingSettings()
        self._clock = clock

    def ask(self) -> int:
        """Ask about each; return 0, since asking again at once would be no use."""
        try:
            for identity in self._identities.all():
                rows = UnderWay(self._host, identity.organisation_id)
                unanswered = 0
                for one in rows.to_ask(MOST):
                    try:
                        word = self._access_point.status(one.transport_id)
                    except Unanswered:  # perhaps about this one only: the others are asked about all the same
                        unanswered += 1
                        if unanswered >= MOST_UNANSWERED:
                            raise
                    else:
                        self._judge(rows, one, word)
        except AccessPointUnavailable as error:
            self._watch.failed(error)
        return 0

    def expire(self) -> int:
        """End the messages whose message receipt has not come in time; return how many."""
        return sum(self._expire(UnderWay(self._host, one.organisation_id)) for one in self._identities.all())

    def _expire(self, rows: UnderWay) -> int:
        overdue = rows.overdue(self._clock() - self._timing.message_receipt, MOST)
        sentence = texts.NO_MESSAGE_RECEIPT.format(time=texts.hours(self._timing.message_receipt_hours))
        for delivery_id, since in overdue:
            self._say(rows, delivery_id, State.SEND_FAILURE, f"no message receipt since {since}", sentence)
        return len(overdue)

    def _judge(self, rows: UnderWay, one: Enqueued, word: str) -> None:
        state, known = _ours(word), _ours(one.word)
        if state is State.SEND_FAILURE:
            self._failed(rows, one)
        elif state in {State.NOT_FOUND, State.WAITING_FOR_RECEIPT}:
            self._hand_over(rows, one, word)
            rows.dequeue(one.transport_id)
        elif self._clock() - one.at > self._timing.transport_receipt:
            sentence = texts.NO_TRANSPORT_RECEIPT.format(time=texts.hours(self._timing.transport_receipt_hours))
            self._end(rows, one, State.SEND_FAILURE, sentence)
        elif state is not known:  # still on its way, and people see whether the access point has to try again
            self._hand_over(rows, one, word)
            rows.hear(one.transport_id, word)

    def _failed(self, rows: UnderWay, one: Enqueued) -> None:
        """The access point has given up: the same bytes go once more, by themselves as often as the settings say."""
        number = rows.history(one.delivery_id).number
        pause = self._timing.resend_after(number)
        if pause is not None and _ours(one.word) is State.WAITING_FOR_RETRY:
            # Only what is enqueued can be handed over again.
            self._say(rows, one.delivery_id, State.SEND_ENQUEUED, f"{one.transport_id} given up {one.at}")
        self._hand_over(rows, one, FAILED, pause)
        rows.dequeue(one.transport_id)

    def _hand_over(self, rows: UnderWay, one: Enqueued, word: str, pause: timedelta | None = None) -> None:
        """Hand the access point's own word to the core; it proves nothing to others, so it is no evidence."""
        context = {
            "delivery_id": str(one.delivery_id),
            "transport_id": one.transport_id,
            "purpose": one.purpose.value,
            "since": str(one.at),
            "at": self._clock().isoformat(),
            "pause": str(pause.total_seconds()) if pause is not None else "",
        }
        own_word = word if word in DELIVERY_STATES else State.SEND_ENQUEUED.value
        self._host.receipt(ReceiptWords(rows.organisation_id, NAME, own_word.encode(), context, evidence=b""))

    def _end(self, rows: UnderWay, one: Enqueued, state: DeliveryState, sentence: str) -> None:
        self._say(rows, one.delivery_id, state, f"{one.transport_id} {state} {one.at}", sentence)
        rows.dequeue(one.transport_id)

    def _say(
        self,
        rows: UnderWay,
        delivery_id: UUID,
        state: DeliveryState,
        name: str,
        sentence: str = "",
    ) -> None:
        """Tell the core what the clock says, or what is between two words of the access point."""
        conclusion = Receipt(
            organisation_id=rows.organisation_id,
            transport=NAME,
            remote_id=str(delivery_id),
            state=state,
            at=self._clock(),
            reasons=(Reason("", sentence),) if sentence else (),
            receipt_id=name,
        )
        with self._host.work(self._host.system(rows.organisation_id)) as work:
            receipt(work, conclusion)


def _ours(word: str) -> DeliveryState:
    return DELIVERY_STATES.get(word, State.SEND_ENQUEUED)
