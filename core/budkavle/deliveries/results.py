"""Writing down what becomes of claimed deliveries: that one is under way, how it ended, that it was let go.

Before a delivery is handed over, its row says that it is under way, and in the same exchange how the one before it
ended. So a worker that dies leaves one delivery at most of which it is not known whether it has arrived.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from random import SystemRandom
from typing import TypeAlias
from uuid import UUID

import psycopg
import structlog

from budkavle.cases import case_updates
from budkavle.deliveries import queue, receipts
from budkavle.deliveries.queue import Claim, Loaded
from budkavle.deliveries.transitions import Change, Step
from budkavle.logs import describe
from budkavle.model.messages import Purpose
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.model.states import HANDED_OVER, DeliveryState
from budkavle.plugins.transport_actor import transport_actor
from budkavle.storage import audit, corruption
from budkavle.storage.database import Line, Statement
from budkavle.storage.platform import Platform
from budkavle.storage.worker_faults import Faults

Asked: TypeAlias = tuple[Statement, Mapping[str, object]]
DEATHS = 3
"""So many workers in a row may end in the middle of handing a delivery over; then a person is asked."""
APART = timedelta(minutes=10)
"""Within so long, at random, comes the last try of what may have ended two workers: not together with others."""
ASIDE = timedelta(minutes=1)
"""So long waits what this worker cannot read; another one may be able to."""
UNSURE = "Programmet stannade medan försändelsen lämnades över, så den kan ha kommit fram."
POISON = (
    "Försändelsen har stoppat programmet tre gånger, så den skickas inte igen av sig själv. Be driften titta i"
    " programmets logg, och försök sedan igen."
)
SPOILT = "Försändelsen går inte att läsa ur lagringen. Be driften titta på lagringen, och försök sedan igen."
_WAITS = "Försändelsen väntar på att driften rättar ett fel hos sig. Den skickas när det är gjort."
_CHANCE = SystemRandom()
log = structlog.get_logger("budkavle.operations.worker")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a try ended, where no more can follow from it than what is always the same; `finish` writes it down."""

    loaded: Loaded
    change: Change
    kept: bool
    """Whether the transport handed over kept bytes: then it may be done once more, and the peer knows them."""

    @property
    def asked(self) -> list[Asked]:
        """The statements that write it."""
        claim, delivery = self.loaded.claim, self.loaded.delivery
        if delivery.purpose is Purpose.MESSAGE:
            return [queue.settling(claim, self.change), queue.telling(claim)]
        released: Sequence[Asked] = ()
        if delivery.message_id is not None and self.change.state in HANDED_OVER:
            released = case_updates.releasing(claim.organisation_id, delivery.message_id, claim.id)
        return [queue.settling(claim, self.change), *released]


def begin(platform: Platform, claim: Claim, lease: timedelta, endings: Sequence[Ending], *, durable: bool) -> bool:
    """Mark a delivery as under way, and write how those before it ended.

    Args:
        platform: What everything stands on.
        claim: The delivery.
        lease: Its lease lasts for at least half of this from now on.
        endings: Of deliveries before it.
        durable: Whether a crash of the server, too, must leave the endings written.

    Returns:
        Whether the lease is still ours; if not, it must not be handed over.

    Raises:
        Unavailable: The database does not answer; nothing may be handed over, and `endings` are still to be written.
    """
    organisation_id, mark = claim.organisation_id, queue.beginning(claim, lease)
    finish(platform, [one for one in endings if one.loaded.claim.organisation_id != organisation_id], durable=durable)
    own = [one for one in endings if one.loaded.claim.organisation_id == organisation_id]
    try:
        return bool(_finish(platform, organisation_id, own, mark, durable=durable))
    except psycopg.Error:
        for one in own:
            _finish_alone(platform, one)
        (rows,) = platform.database.at_once(organisation_id, mark, durable=False)
        return bool(rows)


def finish(platform: Platform, endings: Sequence[Ending], *, durable: bool) -> None:
    """Do what `write` does for several tries, those of an organisation in one exchange and one transaction.

    Raises:
        Unavailable: The database does not answer.
    """
    for organisation_id in {one.loaded.claim.organisation_id for one in endings}:
        own = [one for one in endings if one.loaded.claim.organisation_id == organisation_id]
        try:
            _finish(platform, organisation_id, own, durable=durable)
        except psycopg.Error:
            # Two that wait for each other's cases, say: what does not go together goes one by one.
            for one in own:
                _finish_alone(platform, one)


def write(platform: Platform, claim: Claim, change: Change, *, late: bool = False) -> None:
    """Write how a try ended, with all that follows, in one transaction; then tell the plugins.

    `late` is for a try that had been given up.
    Where a receipt has been faster only the peer's identifier is noted; where the lease is lost, nothing.
    """
    foreign = change.remote_id if change.remote_id != str(claim.id) else None
    with platform.work(SystemActor(claim.organisation_id, CORE_NAME)) as work:
        if foreign:
            receipts.one_at_a_time(work, foreign)
        state, released = change.state, False
        moved = named = queue.settle(work, claim, change, late=late)
        if moved is not None:
            before = DeliveryState.SEND_IN_PROGRESS
            released = receipts.follow(work, moved, state, before)
        elif change.remote_id:
            named = queue.name(work, claim, change.remote_id)
        if named is not None and foreign:
            later = receipts.adopt(work, named, foreign)
            if later is not None:
                released |= receipts.follow(work, named, later, state)
                moved, state = named, later
        if moved is not None and state is DeliveryState.SEND_FAILURE:
            actor = transport_actor(platform.plugins, claim.organisation_id, moved.transport)
            audit.record(work, f"{moved.purpose}.parked", claim.id, actor, transport=moved.transport)
        receipts.tell(work, moved, state, released=released)


def misread(platform: Platform, faults: Faults, claim: Claim, error: BaseException) -> None:
    """Judge a delivery that cannot be read: it is parked only where its own bytes are spoilt (feature PL5).

    Raises:
        Unavailable: The database does not answer.
    """
    why = corruption.cause(platform, claim.organisation_id, error)
    log.error("delivery.unreadable", delivery=str(claim.id), reason=why or "spoilt", **describe(error))
    if why:
        faults.tell("reading", why)
        write(platform, claim, _let_go((), _WAITS, ASIDE))
    else:
        _park(platform, claim, SPOILT)


def hand_back(platform: Platform, claim: Claim) -> None:
    """Let go of a delivery that has not been tried, so that another thread or worker takes it at once.

    No plugin is told: nothing has happened to it, and the thread that renews leases must not wait for one.
    """
    settling = queue.settling(claim, _let_go((), ""))
    platform.database.at_once(claim.organisation_id, settling, queue.telling(claim))


def judge_deaths(platform: Platform, claim: Claim) -> bool:
    """Tell whether a delivery may be tried, that workers may have died of.

    That it may have arrived is written at once: it may be put off, or end the next worker, before its turn comes.
    The second time it waits for a while of its own, so that it is not taken for another one, nor another for it, that
    was under way at the same time; after `DEATHS` it is parked.
    """
    if not claim.died:
        return True
    if claim.crashes < DEATHS - 1:
        if not claim.kept:
            step = Step(datetime.now(UTC), DeliveryState.SEND_ATTEMPT_FAILED, UNSURE)
            platform.database.at_once(claim.organisation_id, queue.noting(claim, step))
        return True
    log.error("delivery.stopped_the_worker", delivery=str(claim.id), tries=claim.crashes)
    if claim.crashes >= DEATHS:
        _park(platform, claim, POISON if claim.kept else f"{POISON} {UNSURE}")
    else:
        step = Step(datetime.now(UTC), DeliveryState.SEND_ATTEMPT_FAILED, "" if claim.kept else UNSURE)
        write(platform, claim, _let_go((step,), step.detail, APART * _CHANCE.random()))
    return False


def _let_go(steps: Sequence[Step], sentence: str, pause: timedelta = timedelta(0)) -> Change:
    return Change(DeliveryState.WAITING_FOR_RETRY, steps, sentence, pause=pause, uncounted=True)


def _park(platform: Platform, claim: Claim, sentence: str) -> None:
    step = Step(datetime.now(UTC), DeliveryState.SEND_FAILURE, sentence)
    write(platform, claim, Change(DeliveryState.SEND_FAILURE, (step,), sentence))


def _finish(
    platform: Platform, organisation_id: UUID, endings: Sequence[Ending], *more: Asked, durable: bool
) -> list[Line]:
    """Write endings, and do one statement more, if any; return its rows."""
    asked = [one.asked for one in endings]
    all_of_it = (*chain.from_iterable(asked), *more)
    answers_to = iter(platform.database.at_once(organisation_id, *all_of_it, durable=durable))
    for one, own in zip(endings, asked, strict=True):
        settled, *told = islice(answers_to, len(own))
        claim, state = one.loaded.claim, one.change.state
        if not settled and one.change.remote_id:
            platform.database.at_once(organisation_id, queue.naming(claim, one.change.remote_id))
        released = one.loaded.delivery.purpose is Purpose.RECEIPT and bool(told) and bool(told[-1])
        if settled:
            receipts.announce(platform, organisation_id, settled[0], state, released=released)
    return next(answers_to, [])


def _finish_alone(platform: Platform, one: Ending) -> None:
    claim = one.loaded.claim
    try:
        _finish(platform, claim.organisation_id, [one], durable=not one.kept)
    except psycopg.Error as error:  # its lease runs out, and it is tried again
        log.warning("delivery.not_written", delivery=str(claim.id), **describe(error))
