"""Polling the access point for the status of accepted messages, and ending those without an answer (SD6, SD7).

Sources: B1.4.2, KV Meddelandestatus (SCHEDULED_FOR_RESEND; MESSAGE_EXCHANGE_ERROR for a missing transport receipt, a
missing message receipt, and a receipt of ours that cannot be delivered); B1.4.7 SAD (svarstidsbevakning, omsändning).
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from budkavle import DeliveryState, Host, Reason, Receipt, ReceiptWords, Sentence
from budkavle.messaging import receipt
from budkavle_sdk_transport import texts
from budkavle_sdk_transport.access_points.availability import Availability
from budkavle_sdk_transport.access_points.interface import (
    MOST_UNANSWERED,
    AccessPoint,
    AccessPointUnavailable,
    Unanswered,
)
from budkavle_sdk_transport.access_points.message_status import DELIVERY_STATES
from budkavle_sdk_transport.keys.memberships import Memberships
from budkavle_sdk_transport.message.conversion import NAME
from budkavle_sdk_transport.outgoing.submissions import Submission, Submissions
from budkavle_sdk_transport.settings import TimingSettings

MOST: Final = 200
"""How many are dealt with for one organisation at a time."""
FAILED: Final = "SEND_FAILURE"
"""The access point's word for what it has given up."""
State = DeliveryState


class StatusPolling:
    """Follows what is under way until the access point, the recipient, or the clock has said how it ended."""

    def __init__(
        self,
        host: Host,
        memberships: Memberships,
        access_point: AccessPoint,
        timing: TimingSettings | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._host = host
        self._availability = Availability(host)
        self._memberships = memberships
        self._access_point = access_point
        self._timing = timing or TimingSettings()
        self._clock = clock

    def poll(self) -> int:
        """Ask about each; return 0, since asking again at once would be no use."""
        try:
            for membership in self._memberships.all():
                submissions = Submissions(self._host, membership.organisation_id)
                self._alone(membership.organisation_id, partial(self._poll_one, submissions))
        except AccessPointUnavailable as error:
            self._availability.record_failure(error)
        return 0

    def _poll_one(self, submissions: Submissions) -> int:
        unanswered = 0
        for submission in submissions.due(MOST):
            try:
                word = self._access_point.status(submission.transport_id)
            except Unanswered:  # perhaps about this one only: the others are asked about all the same
                unanswered += 1
                if unanswered >= MOST_UNANSWERED:
                    raise
            else:
                self._alone(submission.delivery_id, partial(self._judge, submissions, submission, word))
        return 0

    def _alone(self, thing: UUID, act: Callable[[], int | None]) -> int:
        """Do what concerns one organisation or message; if it fails, the others go on, and it is tried next time."""
        try:
            return act() or 0
        except AccessPointUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this one's alone
            self._host.log.error("sdk.status_failed", thing=str(thing), error=type(error).__name__)  # noqa: TRY400 - the error may hold content
            return 0

    def end_overdue(self) -> int:
        """End the messages whose message receipt has not come in time; return how many."""
        return sum(
            self._alone(
                membership.organisation_id,
                partial(self._end_overdue, Submissions(self._host, membership.organisation_id)),
            )
            for membership in self._memberships.all()
        )

    def _end_overdue(self, submissions: Submissions) -> int:
        overdue = submissions.overdue(self._clock() - self._timing.message_receipt, MOST)
        sentence = Sentence(texts.NO_MESSAGE_RECEIPT, time=texts.hours(self._timing.message_receipt_hours))
        for delivery_id, since in overdue.items():
            reason = f"no message receipt since {since}"
            say = partial(self._say, submissions, delivery_id, State.SEND_FAILURE, reason, sentence)
            self._alone(delivery_id, say)
        return len(overdue)

    def _judge(self, submissions: Submissions, submission: Submission, word: str) -> None:
        state, last_state = _ours(word), _ours(submission.word)
        if state is State.SEND_FAILURE:
            self._failed(submissions, submission)
        elif state in {State.NOT_FOUND, State.WAITING_FOR_RECEIPT}:
            self._hand_over(submissions, submission, word)
            submissions.remove(submission.transport_id)
        elif self._clock() - submission.at > self._timing.transport_receipt:
            sentence = Sentence(texts.NO_TRANSPORT_RECEIPT, time=texts.hours(self._timing.transport_receipt_hours))
            self._end(submissions, submission, State.SEND_FAILURE, sentence)
        elif state is not last_state:  # still on its way, and people see whether the access point has to try again
            self._hand_over(submissions, submission, word)
            submissions.record_status(submission.transport_id, word)

    def _failed(self, submissions: Submissions, submission: Submission) -> None:
        """The access point has given up: the same bytes go once more, by themselves as often as the settings say."""
        number = submissions.history(submission.delivery_id).number
        pause = self._timing.resend_after(number)
        if pause is not None and _ours(submission.word) is State.WAITING_FOR_RETRY:
            # Only what is enqueued can be handed over again.
            self._say(
                submissions,
                submission.delivery_id,
                State.SEND_ENQUEUED,
                f"{submission.transport_id} given up {submission.at}",
            )
        self._hand_over(submissions, submission, FAILED, pause)
        submissions.remove(submission.transport_id)

    def _hand_over(
        self, submissions: Submissions, submission: Submission, word: str, pause: timedelta | None = None
    ) -> None:
        """Hand the access point's own word to the core; it proves nothing to others, so it is no evidence."""
        context = {
            "delivery_id": str(submission.delivery_id),
            "transport_id": submission.transport_id,
            "purpose": submission.purpose.value,
            "since": str(submission.at),
            "at": self._clock().isoformat(),
            "pause": str(pause.total_seconds()) if pause is not None else "",
        }
        own_word = word if word in DELIVERY_STATES else State.SEND_ENQUEUED.value
        self._host.receipt(ReceiptWords(submissions.organisation_id, NAME, own_word.encode(), context, evidence=b""))

    def _end(self, submissions: Submissions, submission: Submission, state: DeliveryState, sentence: str) -> None:
        self._say(
            submissions, submission.delivery_id, state, f"{submission.transport_id} {state} {submission.at}", sentence
        )
        submissions.remove(submission.transport_id)

    def _say(
        self,
        submissions: Submissions,
        delivery_id: UUID,
        state: DeliveryState,
        name: str,
        sentence: str = "",
    ) -> None:
        """Tell the core what the clock says, or what is between two words of the access point."""
        conclusion = Receipt(
            organisation_id=submissions.organisation_id,
            transport=NAME,
            remote_id=str(delivery_id),
            state=state,
            at=self._clock(),
            reasons=(Reason("", sentence),) if sentence else (),
            receipt_id=name,
        )
        with self._host.work(self._host.system(submissions.organisation_id)) as work:
            receipt(work, conclusion)


def _ours(word: str) -> DeliveryState:
    return DELIVERY_STATES.get(word, State.SEND_ENQUEUED)
