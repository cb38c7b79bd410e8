"""One attempt to deliver: what the transport gets, and what its answer means. `results` stores the result."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Event

import structlog

from budkavle.cases import attachments as uploads
from budkavle.deliveries import queue, results
from budkavle.deliveries.queue import Loaded
from budkavle.deliveries.results import AttemptResult
from budkavle.deliveries.transitions import StateChange, Transition
from budkavle.deliveries.wire.stored import GONE, LeaseLost, WireStore, open_wire
from budkavle.logs import describe
from budkavle.measures import catalogue
from budkavle.model import sources
from budkavle.model.errors import NotYet, Permanent, Temporary, Unavailable
from budkavle.model.input_rules.identifiers import as_key
from budkavle.model.messages import File, Outcome, Outgoing
from budkavle.model.sentences import Sentence
from budkavle.model.states import DELIVERY, HANDED_OVER, TROUBLE, DeliveryState, may_follow
from budkavle.plugins import calls, transport_calls
from budkavle.plugins.protocols.transport import Backoff, Transport
from budkavle.storage.outside import ledger
from budkavle.storage.outside.ledger import LedgerEvent
from budkavle.storage.platform import Platform
from budkavle.storage.worker_faults import Faults

CHECK_SECONDS = 0.25
"""Seconds between two checks of a slow call, and whether the worker should stop."""
STOP_GRACE_SECONDS = 10.0
"""Seconds that a transport may still take after the worker is asked to stop."""
SWITCHED_OFF_PAUSE = timedelta(minutes=5)
_RETRYABLE = frozenset({DeliveryState.SEND_ATTEMPT_FAILED, DeliveryState.WAITING_FOR_RETRY})
_MAY_HAVE_ARRIVED = "Försändelsen kan ha kommit fram ändå."
_GAVE_UP = "Det gick inte på {attempt} försök. Försök igen, eller välj en annan väg."
_SWITCHED_OFF = "Tillägget för {name} är avstängt. Försändelsen väntar och skickas när det är på igen."
_LATE_STATES = (
    DELIVERY[DeliveryState.WAITING_FOR_RETRY] - TROUBLE - {DeliveryState.SEND_IN_PROGRESS, DeliveryState.RECALLED}
)
"""States that a late answer may set: the peer has the delivery."""
log = structlog.get_logger("budkavle.operations.worker")


class _WorkerStopping(Temporary):
    """The worker was asked to stop before the transport answered."""


class LeaseUncertain(Exception):
    """The lease was checked too long ago, so it may have expired. Check it again before handing over."""


@dataclass(frozen=True, slots=True)
class Watch:
    """How the lane watches one call of a transport.

    Attributes:
        still_ours: Whether the lease was confirmed recently enough; called just before the transport.
        stop: Set when the worker is asked to stop.
        waiting: Called now and then during a slow call, and while its result cannot be recorded, with the seconds
            since that began.
        lease: How long a lease lasts without renewal.
    """

    still_ours: Callable[[], bool]
    stop: Event | None
    waiting: Callable[[float], None]
    lease: timedelta


@dataclass(slots=True)
class Attempt:
    """One attempt to deliver, with what is needed to judge its result.

    Attributes:
        loaded: The claimed delivery with its message.
        transport: The transport that sends it.
        wire_store: Stores the bytes before they are handed over.
        wire: The bytes of an earlier attempt; None at the first.
        started: When the attempt began.
        storage_errors: Errors of our own store or database while serving the transport. They are our fault, so they
            never count against the peer.
        reached: Whether the peer accepted it; False if it was not reached, None if nothing is known about the peer.
        late_answer: The result of the call, if its deadline has passed and it still runs.
    """

    loaded: Loaded
    transport: Transport
    wire_store: WireStore
    wire: bytes | None
    started: datetime = field(default_factory=sources.now)
    storage_errors: list[Exception] = field(default_factory=list)
    reached: bool | None = None
    late_answer: Future[Outcome] | None = None

    @property
    def backoff(self) -> Backoff:
        """The transport's rule for pauses and number of attempts."""
        return self.transport.backoff

    @property
    def is_last(self) -> bool:
        """Whether a person must handle a failure now; their "försök igen" gives the same number of attempts again."""
        return self.loaded.delivery.attempt % max(1, self.backoff.tries) == 0

    def timeline(self, *more: tuple[DeliveryState, str]) -> list[StateChange]:
        """Return this attempt's rows of the timeline: its start, then `more`."""
        now, first = sources.now(), StateChange(self.started, DeliveryState.SEND_IN_PROGRESS)
        return [first, *(StateChange(now, state, detail) for state, detail in more)]


def prepare(platform: Platform, faults: Faults, loaded: Loaded) -> Attempt | None:
    """Prepare a delivery for handing over.

    Args:
        platform: The installation.
        faults: Where this worker reports its own faults.
        loaded: The claimed delivery.

    Returns:
        The attempt; None if it cannot be made, and then the reason is stored with the delivery.

    Raises:
        Unavailable: The database does not answer; the lease expires, and the delivery is retried.
    """
    transport = platform.plugins.transports.get(loaded.delivery.transport)
    if transport is None or loaded.is_destroyed:
        results.record_result(platform, loaded.claim, _refused(loaded))
        return None
    attempt = Attempt(loaded, transport, WireStore(platform, loaded.claim, loaded.has_wire, loaded.slot), None)
    try:
        attempt.wire = open_wire(platform, loaded.claim.organisation_id, loaded.claim.id, loaded.wire, loaded.wire_blob)
    except Permanent as error:
        results.record_result(platform, loaded.claim, _fail(attempt, error.sentence))
        return None
    except Exception as error:  # noqa: BLE001 - `record_unreadable` judges every kind
        results.record_unreadable(platform, faults, loaded.claim, error)
        return None
    return attempt


def hand_over(platform: Platform, faults: Faults, attempt: Attempt, watch: Watch) -> AttemptResult | None:
    """Let the transport send the delivery.

    Args:
        platform: The installation.
        faults: Where this worker reports its own faults.
        attempt: The attempt from `prepare`, after `results.begin_attempt` has marked it.
        watch: How the lane watches the call.

    Returns:
        The result, for the caller to record with others; None if it is already recorded, or the lease was lost.

    Raises:
        LeaseUncertain: The lease may have expired before the transport was called.
        Unavailable: The database does not answer; the lease expires, and the delivery is retried.
    """
    transition = _call_transport(platform, attempt, watch)
    if transition is None:
        return None
    _measure(attempt, transition)
    claim = attempt.loaded.claim
    if transition.state in HANDED_OVER:
        ledger.note(platform.settings, LedgerEvent.HANDED_OVER, claim.organisation_id, claim.id)
    # The transport failed because of our own error: the worker's fault must not park the delivery.
    if attempt.storage_errors and transition.state in TROUBLE | {DeliveryState.WAITING_FOR_RETRY}:
        results.record_unreadable(platform, faults, claim, attempt.storage_errors[0])
        return None
    # These need more than the usual statements: a case to mark, or early receipts for the peer's identifier.
    if transition.state in TROUBLE or transition.remote_id not in {None, str(claim.id)}:
        ledger.keep()
        record = partial(results.record_result, platform, claim, transition)
        results.keep_trying(record, watch.lease, watch.waiting, delivery=str(claim.id))
        return None
    return AttemptResult(attempt.loaded, transition, attempt.wire_store.is_stored)


def _measure(attempt: Attempt, transition: Transition) -> None:
    name, now = attempt.transport.name, sources.now()
    catalogue.ATTEMPTS.count(name, transition.state.value)
    catalogue.ATTEMPT.observe((now - attempt.started).total_seconds(), name)
    sent_at = attempt.loaded.delivery.created_at
    if sent_at and transition.state in HANDED_OVER:
        catalogue.HANDED_OVER.observe((now - sent_at).total_seconds(), name)


def _call_transport(platform: Platform, attempt: Attempt, watch: Watch) -> Transition | None:
    """Call the transport and translate its answer or its error; None if the lease was lost."""
    transport = attempt.transport
    log_fields = {"delivery": str(attempt.loaded.claim.id), "transport": transport.name}
    try:
        return _judge_outcome(_wait_for_answer(platform, attempt, watch), attempt)
    except LeaseUncertain:
        raise
    except LeaseLost:
        log.warning("delivery.lease_lost", **log_fields)
        return None
    except Permanent as error:
        return _fail(attempt, error.sentence)
    except NotYet as error:
        return Transition(DeliveryState.WAITING_FOR_RETRY, (), error.sentence, pause=error.pause, uncounted=True)
    except (Temporary, Unavailable) as error:
        return _retry(attempt, error.sentence, counted=not isinstance(error, _WorkerStopping))
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; its failure affects no other
        log.error("delivery.plugin_failed", **log_fields, **describe(error))  # noqa: TRY400 - the error itself may hold content
        return _retry(attempt, _misbehaved(transport))


def _wait_for_answer(platform: Platform, attempt: Attempt, watch: Watch) -> object:
    """Call the transport, and wait until its deadline, or `STOP_GRACE_SECONDS` once the worker is asked to stop.

    Raises:
        LeaseUncertain: The lease may have expired before the call.
        Temporary: It has not answered in time, or (`_WorkerStopping`) not before the worker stops. A later answer is
            handled by `_record_late_answer`.
    """
    outgoing = _outgoing(platform, attempt)

    def send() -> Outcome:
        # In the sending thread: since the lease was checked, the thread may have started late, or the machine slept.
        if not watch.still_ours():
            raise LeaseUncertain
        return transport_calls.send(platform.plugins, attempt.transport, outgoing)

    try:
        task = calls.begin(attempt.transport.name, send)
    except RuntimeError as error:  # no more threads: our fault, not the peer's
        attempt.storage_errors.append(error)
        raise
    begun, stop, cut = sources.monotonic(), watch.stop, False
    end = begun + attempt.backoff.deadline.total_seconds()
    while not task.ended.wait(max(0.0, min(CHECK_SECONDS, end - sources.monotonic()))):
        watch.waiting(sources.monotonic() - begun)
        if stop is not None and stop.is_set():
            soon, stop = sources.monotonic() + STOP_GRACE_SECONDS, None
            end, cut = min(end, soon), soon < end
        if sources.monotonic() >= end and calls.give_up(task):
            attempt.late_answer = task.answer
            if not cut:
                transport_calls.note_hang(platform.plugins, attempt.transport, task)
            task.answer.add_done_callback(partial(_record_late_answer, platform, attempt, watch.lease))
            log_fields = {"transport": attempt.transport.name, "left_behind": calls.left_behind(attempt.transport.name)}
            log.error("delivery.late", delivery=str(attempt.loaded.claim.id), **log_fields)
            raise (_WorkerStopping if cut else Temporary)(_unanswered(attempt, cut=cut))
    return task.answer.result()


def _record_late_answer(platform: Platform, attempt: Attempt, patience: timedelta, answer: Future[Outcome]) -> None:
    """Record a late answer, if the peer has the delivery and no new attempt has begun, which would duplicate it."""
    claim = attempt.loaded.claim
    log_fields = {"delivery": str(claim.id), "transport": attempt.transport.name}
    try:
        outcome: object = answer.result()
        if isinstance(outcome, Outcome) and outcome.state in _LATE_STATES:
            ledger.note(platform.settings, LedgerEvent.HANDED_OVER, claim.organisation_id, claim.id)
            ledger.keep()
            record = partial(results.record_result, platform, claim, _judge_outcome(outcome, attempt), late=True)
            results.keep_trying(record, patience, delivery=str(claim.id))
        log.warning("delivery.came_back", **log_fields)
    except Exception as error:  # noqa: BLE001 - no caller waits for it any more
        log.warning("delivery.came_back", **log_fields, **describe(error))


def _judge_outcome(outcome: object, attempt: Attempt) -> Transition:
    """Translate what a transport returned; anything but an Outcome with a possible state is the plugin's fault."""
    if not isinstance(outcome, Outcome) or not may_follow(DELIVERY, DeliveryState.SEND_IN_PROGRESS, outcome.state):
        log.error(
            "delivery.impossible_outcome", delivery=str(attempt.loaded.claim.id), transport=attempt.transport.name
        )
        return _retry(attempt, _misbehaved(attempt.transport))
    name = outcome.remote_id and as_key(outcome.remote_id)
    if outcome.state in _RETRYABLE:
        return _retry(attempt, outcome.detail, name)
    if outcome.state is DeliveryState.SEND_FAILURE:
        return _fail(attempt, outcome.detail, name)
    attempt.reached = True
    failure = outcome.detail if outcome.state in {DeliveryState.NOT_FOUND, DeliveryState.REJECTED} else ""
    return Transition(outcome.state, attempt.timeline((outcome.state, outcome.detail)), failure, name)


def _retry(attempt: Attempt, sentence: str, remote_id: str | None = None, *, counted: bool = True) -> Transition:
    if counted:
        attempt.reached = False
    if counted and attempt.is_last:
        gave_up = Sentence(_GAVE_UP, attempt=attempt.loaded.delivery.attempt)
        return _fail(attempt, Sentence.joined([sentence, gave_up]), remote_id)
    timeline = attempt.timeline((DeliveryState.SEND_ATTEMPT_FAILED, sentence), (DeliveryState.WAITING_FOR_RETRY, ""))
    pause = queue.pause_after(attempt.backoff, attempt.loaded.delivery.attempt)
    return Transition(DeliveryState.WAITING_FOR_RETRY, timeline, sentence, remote_id, pause, uncounted=not counted)


def _fail(attempt: Attempt, sentence: str, remote_id: str | None = None) -> Transition:
    timeline = attempt.timeline((DeliveryState.SEND_FAILURE, sentence))
    return Transition(DeliveryState.SEND_FAILURE, timeline, sentence, remote_id)


def _refused(loaded: Loaded) -> Transition:
    if loaded.is_destroyed:
        return Transition(DeliveryState.SEND_FAILURE, (), Sentence(GONE))
    sentence = Sentence(_SWITCHED_OFF, name=loaded.delivery.transport)
    already_said = loaded.delivery.failure == sentence
    timeline = () if already_said else (StateChange(sources.now(), DeliveryState.WAITING_FOR_RETRY, sentence),)
    return Transition(DeliveryState.WAITING_FOR_RETRY, timeline, sentence, pause=SWITCHED_OFF_PAUSE, uncounted=True)


def _misbehaved(transport: Transport) -> Sentence:
    return Sentence("Tillägget för {label} svarade inte som det ska.", label=Sentence(transport.label))


def _unanswered(attempt: Attempt, *, cut: bool) -> Sentence:
    label, seconds = Sentence(attempt.transport.label), round(attempt.backoff.deadline.total_seconds())
    overdue = Sentence("{label} svarade inte inom {seconds} sekunder.", label=label, seconds=seconds)
    sentence = Sentence("Programmet avslutades innan {label} hade svarat.", label=label) if cut else overdue
    return sentence if attempt.wire_store.is_stored else Sentence.joined([sentence, _MAY_HAVE_ARRIVED])


def _outgoing(platform: Platform, attempt: Attempt) -> Outgoing:
    loaded = attempt.loaded
    message, organisation_id = loaded.message, loaded.claim.organisation_id
    attachments = message.attachments if message else ()

    def files() -> Iterator[File]:
        try:
            yield from uploads.read(platform, organisation_id, attachments)
        except Exception as error:
            attempt.storage_errors.append(error)
            raise

    def keep(wire: bytes) -> bytes:
        try:
            return attempt.wire_store(wire)
        except LeaseLost:
            raise
        except Exception as error:
            attempt.storage_errors.append(error)
            raise

    return Outgoing(loaded.delivery, message, files, attempt.wire, keep, loaded.terms)
