"""Asking the access point what became of what it took, and ending what nobody answers (features SD6, SD7).

Sources: B1.4.2, KV Meddelandestatus (SCHEDULED_FOR_RESEND; MESSAGE_EXCHANGE_ERROR for a missing transport receipt, a
missing message receipt, and a receipt of ours that cannot be delivered); B1.4.7 SAD (svarstidsbevakning, omsändning).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from budkavle import DeliveryState, Host, Purpose, Reason, Receipt
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
        elif state is State.NOT_FOUND:
            self._end(rows, one, State.NOT_FOUND, texts.LOST)
        elif state is State.WAITING_FOR_RECEIPT:
            # A receipt of ours is never receipted itself: to have arrived is its end.
            self._end(rows, one, State.ACKNOWLEDGED if one.purpose is Purpose.RECEIPT else state)
        elif self._clock() - one.at > self._timing.transport_receipt:
            sentence = texts.NO_TRANSPORT_RECEIPT.format(time=texts.hours(self._timing.transport_receipt_hours))
            self._end(rows, one, State.SEND_FAILURE, sentence)
        elif state is not known:  # still on its way, and people see whether the access point has to try again
            self._say(rows, one.delivery_id, state, f"{one.transport_id} {word} {self._clock()}")
            rows.hear(one.transport_id, word)

    def _failed(self, rows: UnderWay, one: Enqueued) -> None:
        """The access point has given up: the same bytes go once more, by themselves as often as the settings say."""
        number = rows.history(one.delivery_id).number
        pause = self._timing.resend_after(number)
        if pause is None:
            self._end(rows, one, State.SEND_FAILURE, texts.NOT_DELIVERED)
            return
        if _ours(one.word) is State.WAITING_FOR_RETRY:  # only what is enqueued can be handed over again
            self._say(rows, one.delivery_id, State.SEND_ENQUEUED, f"{one.transport_id} given up {one.at}")
        self._end(rows, one, State.SEND_ATTEMPT_FAILED, texts.SENT_AGAIN, pause)

    def _end(
        self, rows: UnderWay, one: Enqueued, state: DeliveryState, sentence: str = "", pause: timedelta | None = None
    ) -> None:
        self._say(rows, one.delivery_id, state, f"{one.transport_id} {state} {one.at}", sentence, pause)
        rows.dequeue(one.transport_id)

    def _say(
        self,
        rows: UnderWay,
        delivery_id: UUID,
        state: DeliveryState,
        name: str,
        sentence: str = "",
        pause: timedelta | None = None,
    ) -> None:
        self._host.receipt(
            Receipt(
                organisation_id=rows.organisation_id,
                transport=NAME,
                remote_id=str(delivery_id),
                state=state,
                at=self._clock(),
                reasons=(Reason("", sentence),) if sentence else (),
                receipt_id=name,
                pause=pause,
            )
        )


def _ours(word: str) -> DeliveryState:
    return DELIVERY_STATES.get(word, State.SEND_ENQUEUED)
