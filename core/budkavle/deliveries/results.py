"""Records the results of attempts.

Before a delivery is handed over, its row says that the attempt has begun. The same round trip to the database records
the result of the previous delivery. So a worker that dies leaves at most one delivery that may or may not have arrived.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, count, islice
from typing import TypeAlias
from uuid import UUID

import psycopg
import structlog

from budkavle.cases import case_updates
from budkavle.deliveries import queue, receipts
from budkavle.deliveries.queue import Claim, Loaded
from budkavle.deliveries.transitions import StateChange, Transition
from budkavle.logs import describe
from budkavle.model import sources
from budkavle.model.errors import Unavailable
from budkavle.model.messages import Purpose
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.model.sentences import Sentence
from budkavle.model.states import HANDED_OVER, DeliveryState
from budkavle.plugins.registry import Plugins
from budkavle.plugins.transport_calls import transport_actor
from budkavle.storage import audit, corruption
from budkavle.storage.database import ALL_CASES, ResultRow, Statement
from budkavle.storage.platform import Platform
from budkavle.storage.worker_faults import Faults

BoundStatement: TypeAlias = tuple[Statement, Mapping[str, object]]
MOST_CRASHES = 3
"""Workers in a row that may crash during an attempt of the same delivery; then a person must decide."""
CRASH_PAUSE = timedelta(minutes=10)
"""The longest random pause before the last attempt of a delivery that may have crashed two workers.

It is random so that a delivery that crashes workers is attempted alone, and no other is blamed for it.
"""
UNREADABLE_PAUSE = timedelta(minutes=1)
"""How long a delivery waits that this worker cannot read; another worker may be able to."""
UNSURE = "Programmet stannade medan försändelsen lämnades över, så den kan ha kommit fram."
TWICE = "Programmet stannade medan försändelsen lämnades över. Den skickas igen, så den kan ha skickats två gånger."
WRITE_PAUSE = 0.5
"""Seconds between two tries to record a result while the database does not answer."""
FEWEST_TRIES = 10
"""Tries to record a result before it is given up, even if the process was suspended for longer than a lease."""
CRASHED = (
    "Försändelsen har stoppat programmet tre gånger, så den skickas inte igen av sig själv. Be er IT-avdelning titta i"
    " programmets logg, och försök sedan igen."
)
SPOILT = "Försändelsen går inte att läsa ur lagringen. Be er IT-avdelning titta på lagringen, och försök sedan igen."
_WAITS = "Försändelsen väntar på att er IT-avdelning rättar ett fel. Den skickas när det är gjort."
log = structlog.get_logger("budkavle.operations.worker")


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """How an attempt ended, if it needs only the usual statements; `record_results` executes them."""

    loaded: Loaded
    transition: Transition
    wire_stored: bool
    """Whether stored bytes were handed over. Then a repeated attempt is harmless, since the peer recognises them."""

    def statements(self, plugins: Plugins) -> list[BoundStatement]:
        """Return the statements that record it."""
        claim, delivery = self.loaded.claim, self.loaded.delivery
        if delivery.purpose is Purpose.MESSAGE:
            return [queue.finish_attempt_statement(claim, self.transition)]
        released: Sequence[BoundStatement] = ()
        if delivery.message_id is not None and self.transition.state in HANDED_OVER:
            released = case_updates.release_statements(claim.organisation_id, delivery.message_id, claim.id, plugins)
        return [queue.finish_attempt_statement(claim, self.transition), *released]


def begin_attempt(
    platform: Platform, claim: Claim, lease: timedelta, results: Sequence[AttemptResult], *, durable: bool
) -> bool:
    """Mark an attempt as begun, and record the results of the attempts before it.

    Args:
        platform: The installation.
        claim: The delivery.
        lease: From now on its lease lasts for at least half of this.
        results: Results that are not recorded yet.
        durable: Whether the results must survive a crash of the database server.

    Returns:
        Whether the lease is still ours; if not, it must not be handed over.

    Raises:
        Unavailable: The database does not answer. Nothing may be handed over, and `results` are still not recorded.
    """
    # Results of other organisations are recorded separately: a transaction sees the rows of one organisation.
    organisation_id, mark = claim.organisation_id, queue.begin_attempt_statement(claim, lease)
    record_results(
        platform,
        [result for result in results if result.loaded.claim.organisation_id != organisation_id],
        durable=durable,
    )
    same_organisation = [result for result in results if result.loaded.claim.organisation_id == organisation_id]
    try:
        return bool(_record_together(platform, organisation_id, same_organisation, mark, durable=durable))
    except psycopg.Error:
        for result in same_organisation:
            _record_alone(platform, result)
        # Not durable: if the server crashes, the mark is undone, and so is the claim.
        (rows,) = platform.database.at_once(organisation_id, mark, durable=False, reader=ALL_CASES)
        return bool(rows)


def record_results(platform: Platform, results: Sequence[AttemptResult], *, durable: bool) -> None:
    """Record several results, with one round trip and one transaction for each organisation.

    Args:
        platform: The installation.
        results: The results.
        durable: Whether they must survive a crash of the database server.

    Raises:
        Unavailable: The database does not answer, or not in one of the organisations; those of the others are recorded.
    """
    refused: Unavailable | None = None
    for organisation_id in {result.loaded.claim.organisation_id for result in results}:
        same_organisation = [result for result in results if result.loaded.claim.organisation_id == organisation_id]
        try:
            _record_together(platform, organisation_id, same_organisation, durable=durable)
        except Unavailable as error:
            refused = error
        except psycopg.Error:
            # Perhaps a deadlock: each result locks its case, and another worker locks them in another order.
            # One by one, each transaction locks only one case.
            for result in same_organisation:
                _record_alone(platform, result)
    if refused is not None:
        raise refused


def record_result(platform: Platform, claim: Claim, transition: Transition, *, late: bool = False) -> None:
    """Record the result of one attempt and its consequences, in one transaction; then tell the plugins.

    If a receipt was faster, only the peer's identifier is stored. If the lease is lost, nothing is stored.

    Args:
        platform: The installation.
        claim: The delivery, and the lease of the attempt.
        transition: The new state, the reason, and when to retry.
        late: Whether the attempt was given up before it answered; then the delivery may wait for the next one.

    Raises:
        Unavailable: The database does not answer. The lease expires, and a worker retries.
    """
    peers_identifier = transition.remote_id if transition.remote_id != str(claim.id) else None
    with platform.work(SystemActor(claim.organisation_id, CORE_NAME)) as work:
        if peers_identifier:
            # Lock first: a receipt that names this identifier waits for our commit, and then finds the delivery.
            # One that came before our lock is applied last, below.
            receipts.one_at_a_time(work, peers_identifier)
        state, released = transition.state, False
        moved = named = queue.finish_attempt(work, claim, transition, late=late)
        if moved is not None:
            before = DeliveryState.SEND_IN_PROGRESS
            released = receipts.apply_consequences(work, moved, state, before)
        elif transition.remote_id:
            named = queue.store_remote_id(work, claim, transition.remote_id)
        if named is not None and peers_identifier:
            later = receipts.apply_early_receipts(work, named, peers_identifier)
            if later is not None:
                released |= receipts.apply_consequences(work, named, later, state)
                moved, state = named, later
        if moved is not None and state is DeliveryState.SEND_FAILURE:
            actor = transport_actor(platform.plugins, claim.organisation_id, moved.transport)
            place = audit.of_mailbox(case_updates.mailbox_of(work, moved.case_id))
            audit.record(work, f"{moved.purpose}.parked", claim.id, actor, transport=moved.transport, **place)
        receipts.announce_after_commit(work, moved, state, released=released)


def keep_trying(
    write: Callable[[], None],
    patience: timedelta,
    waiting: Callable[[float], None] = lambda _: None,
    **log_fields: str,
) -> None:
    """Record the results of attempts, and keep trying while the database does not answer.

    What has been handed over must not be attempted again only because its result could not be recorded.

    Args:
        write: Records them. If only the answer to a commit was lost, it is called again, and must change nothing.
        patience: For how long to try: the lease.
        waiting: Called after each failed try, with the seconds since the first began.
        **log_fields: Fields for the log of each failed try.

    Raises:
        Unavailable: The database has not answered for that long, nor in `FEWEST_TRIES` tries.
    """
    begun = sources.monotonic()
    for number in count(1):
        try:
            write()
        except Unavailable:
            seconds = sources.monotonic() - begun
            if number >= FEWEST_TRIES and seconds > patience.total_seconds():
                raise
            log.warning("delivery.not_written", **log_fields)
            waiting(seconds)
            sources.pause(WRITE_PAUSE)
        else:
            return


def record_unreadable(platform: Platform, faults: Faults, claim: Claim, error: BaseException) -> None:
    """Let a delivery wait that this worker cannot read, or park it if its own bytes are damaged.

    Otherwise a fault of ours, such as a missing key or a full disk, would park every delivery in the queue.

    Args:
        platform: The installation.
        faults: Where this worker reports its own faults.
        claim: The delivery, and the lease it was claimed under.
        error: The error from reading it.

    Raises:
        Unavailable: The database does not answer.
    """
    why = corruption.cause(platform, claim.organisation_id, error)
    log.error("delivery.unreadable", delivery=str(claim.id), reason=why or "spoilt", **describe(error))
    if why:
        faults.report("reading", why)
        faults.note_unreadable(claim.id, why)
        record_result(platform, claim, _wait((), _WAITS, UNREADABLE_PAUSE))
    else:
        _park(platform, claim, SPOILT)


def release_claim(platform: Platform, claim: Claim) -> None:
    """Return a delivery that has not been attempted to the queue, so that another thread or worker claims it at once.

    No plugin is told: nothing has happened to it, and the thread that renews leases must not wait for a plugin.

    Args:
        platform: The installation.
        claim: The delivery, and the lease it was claimed under.
    """
    finish = queue.finish_attempt_statement(claim, _wait((), ""))
    platform.database.at_once(claim.organisation_id, finish, reader=ALL_CASES)


def may_attempt(platform: Platform, claim: Claim, *, alone: bool = False) -> bool:
    """Tell whether a delivery may be attempted whose last attempts ended with a crash of the worker.

    The timeline says at once that the delivery may have arrived: this worker too may crash before its turn comes.
    After the second crash it waits for a random pause, so that it is not blamed for another delivery attempted at the
    same time, nor the other for it. After `MOST_CRASHES` it is parked.

    Args:
        platform: The installation.
        claim: The delivery, with how many of its attempts ended in a crash.
        alone: Whether a separate process attempts it, so that it need not wait to be alone.
    """
    if not claim.died:
        if claim.crashes and not claim.has_wire:  # the worker that claimed it after the crash may have died before this
            _tell_twice(platform, claim, once=True)
        return True
    if claim.crashes < (MOST_CRASHES if alone else MOST_CRASHES - 1):
        if not claim.has_wire:
            log.warning("delivery.maybe_twice", delivery=str(claim.id), reason="crash")
            _tell_twice(platform, claim)
        return True
    log.error("delivery.stopped_the_worker", delivery=str(claim.id), tries=claim.crashes)
    if claim.crashes >= MOST_CRASHES:
        _park(platform, claim, CRASHED if claim.has_wire else Sentence.joined([CRASHED, UNSURE]))
    else:
        state_change = StateChange(sources.now(), DeliveryState.SEND_ATTEMPT_FAILED, "" if claim.has_wire else UNSURE)
        record_result(
            platform, claim, _wait((state_change,), state_change.detail, CRASH_PAUSE * sources.chance().random())
        )
    return False


def _tell_twice(platform: Platform, claim: Claim, *, once: bool = False) -> None:
    state_change = StateChange(sources.now(), DeliveryState.SEND_ATTEMPT_FAILED, TWICE)
    event = queue.add_event_statement(claim, state_change, once=once)
    platform.database.at_once(claim.organisation_id, event, reader=ALL_CASES)


def _wait(timeline: Sequence[StateChange], sentence: str, pause: timedelta = timedelta(0)) -> Transition:
    return Transition(DeliveryState.WAITING_FOR_RETRY, timeline, sentence, pause=pause, uncounted=True)


def _park(platform: Platform, claim: Claim, sentence: str) -> None:
    state_change = StateChange(sources.now(), DeliveryState.SEND_FAILURE, sentence)
    record_result(platform, claim, Transition(DeliveryState.SEND_FAILURE, (state_change,), sentence))


def _record_together(
    platform: Platform, organisation_id: UUID, results: Sequence[AttemptResult], *more: BoundStatement, durable: bool
) -> list[ResultRow]:
    """Record results, and execute one more statement, if any; return its rows."""
    statements_by_result = [result.statements(platform.plugins) for result in results]
    every_statement = (*chain.from_iterable(statements_by_result), *more)
    answers = iter(platform.database.at_once(organisation_id, *every_statement, durable=durable, reader=ALL_CASES))
    # Answers come in the order of the statements: the move first, then the release of a message.
    for result, statements in zip(results, statements_by_result, strict=True):
        moved, *followed = islice(answers, len(statements))
        claim, state = result.loaded.claim, result.transition.state
        if not moved and result.transition.remote_id:
            platform.database.at_once(
                organisation_id,
                queue.store_remote_id_statement(claim, result.transition.remote_id),
                reader=ALL_CASES,
            )
        released = result.loaded.delivery.purpose is Purpose.RECEIPT and bool(followed) and bool(followed[-1])
        if moved:
            receipts.announce(platform, organisation_id, moved[0], state, released=released)
    return next(answers, [])


def _record_alone(platform: Platform, result: AttemptResult) -> None:
    claim = result.loaded.claim
    try:
        _record_together(platform, claim.organisation_id, [result], durable=not result.wire_stored)
    except psycopg.Error as error:  # its lease expires, and it is retried
        log.warning("delivery.not_written", delivery=str(claim.id), **describe(error))
