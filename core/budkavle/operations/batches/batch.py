"""The deliveries that one thread has claimed: loaded, their leases renewed, and released if they must wait too long."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

import structlog

from budkavle.deliveries import queue, results
from budkavle.deliveries.queue import Claim, Loaded
from budkavle.logs import describe
from budkavle.model import sources
from budkavle.model.errors import Unavailable
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.operations.leases import Leases
from budkavle.storage.platform import Platform, run_for_each
from budkavle.storage.worker_faults import Faults

BATCH_SECONDS = 5.0
"""Seconds after which the rest of a batch is released."""
log = structlog.get_logger("budkavle.operations.worker")


AttemptAlone: TypeAlias = Callable[[str, Claim, threading.Event | None], None]


@dataclass(frozen=True, slots=True)
class LaneContext:
    """What the lanes of one worker share.

    Attributes:
        platform: The installation.
        leases: Renews the leases of slow batches.
        faults: Where faults that stop a lane are reported.
        batch: How many deliveries a thread claims at a time.
        is_in_service: Tells whether the worker may claim; attempts under way are finished anyway.
        attempt_alone: Lets a separate process attempt a delivery that may have crashed a worker; gets the lane, the
            claim, and the event that is set when the worker should stop. None if this process attempts them too.
    """

    platform: Platform
    leases: Leases
    faults: Faults
    batch: int
    is_in_service: Callable[[], bool] = lambda: True
    attempt_alone: AttemptAlone | None = None


class Batch:
    """The deliveries that one thread has claimed.

    `_waiting` are those whose turn has not come. `_held` are those and the one that is being attempted: their leases
    are renewed. Another thread renews them, so both change under a lock.
    """

    def __init__(self, context: LaneContext, claims: Sequence[Claim]) -> None:
        self._context = context
        self._claims = claims
        self._waiting = {claim.id: claim for claim in claims}
        self._held = dict(self._waiting)
        self._lock = threading.Lock()
        self._since = sources.monotonic()
        self.suspects: Sequence[Claim] = ()
        """Those that may have crashed a worker; a separate process attempts them, after the others."""
        self.has_released = False
        """Whether any of them has been returned to the queue, and is due again."""

    @property
    def in_hand(self) -> int:
        """How many deliveries are held."""
        return len(self._held)

    @property
    def is_old(self) -> bool:
        """Whether the batch has taken so long that the rest should be released."""
        return sources.monotonic() - self._since > BATCH_SECONDS

    def start(self, claim: Claim) -> bool:
        """Take one that waits; False if it was released or lost."""
        with self._lock:
            return self._waiting.pop(claim.id, None) is not None

    def finish(self, claim: Claim) -> None:
        """Stop renewing the lease of one delivery."""
        with self._lock:
            self._waiting.pop(claim.id, None)
            self._held.pop(claim.id, None)

    def lose(self, claim: Claim) -> None:
        """Record that another worker has claimed a delivery."""
        with self._lock:
            self._waiting.pop(claim.id, None)
            lost = self._held.pop(claim.id, None)
        if lost:
            log.warning("delivery.lease_lost", delivery=str(claim.id))

    def release_waiting(self, organisation_id: UUID | None = None) -> None:
        """Release the deliveries that wait for their turn; it never raises, and ends soon if the database is away.

        Args:
            organisation_id: Only those of this organisation; None for all.
        """
        with self._lock:
            waiting = [claim for claim in self._waiting.values() if organisation_id in {None, claim.organisation_id}]
            for claim in waiting:
                del self._waiting[claim.id]
                del self._held[claim.id]
        refused = 0
        for claims in _by_organisation(waiting).values():
            refused = 0 if all(self._release(claim) for claim in claims) else refused + 1
            if refused > 1:  # not only an organisation that is being moved
                return

    @contextmanager
    def released_on_fault(self) -> Iterator[None]:
        """Release all that wait for their turn if the block raises, so that they need not wait for their leases."""
        try:
            yield
        except BaseException:
            self.release_waiting()
            raise

    def release(self, claim: Claim) -> None:
        """Release a delivery that cannot be attempted now, for example because its destination has no room."""
        self.finish(claim)
        self._release(claim)

    def renew(self) -> None:
        """Renew the leases, in the thread of `Leases`; deliveries that are no longer ours are lost.

        Deliveries that wait behind a slow attempt are released.

        Raises:
            Unavailable: The database does not answer, or not in one of the organisations; the others' leases are
                renewed.
        """
        if self.is_old:
            self.release_waiting()
        with self._lock:
            held = _by_organisation(list(self._held.values()))
        run_for_each(held, lambda organisation_id: self._renew(organisation_id, held[organisation_id]))

    def _renew(self, organisation_id: UUID, claims: Sequence[Claim]) -> int:
        with self._context.platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
            still = queue.renew_leases(work, claims, self._context.leases.lease)
        for claim in claims:
            if claim.id not in still:
                self.lose(claim)
        return len(still)

    def _release(self, claim: Claim) -> bool:
        """Release one delivery; False if the database does not answer."""
        self.has_released = True
        try:
            results.release_claim(self._context.platform, claim)
        except Exception as error:  # noqa: BLE001 - its lease expires, and the previous attempt must not fail for it
            log.warning("delivery.not_written", delivery=str(claim.id), **describe(error))
            return not isinstance(error, Unavailable)
        return True

    def load(self) -> Iterator[Loaded]:
        """Yield the deliveries with their messages; a delivery that cannot be read is recorded separately.

        Raises:
            Unavailable: The database does not answer, or not in one of the organisations. Its deliveries are released,
                and those of the others have been yielded.
        """
        refusals, fit = _Refusals(self), dict[UUID, list[Claim]]()
        # All before the first attempt: this worker too may crash before the turn of the others.
        for organisation_id, claims in _by_organisation(self._claims).items():
            with refusals.passed_over(organisation_id):
                fit[organisation_id] = self._fit(claims)
        for organisation_id, claims in fit.items():
            with refusals.passed_over(organisation_id):
                yield from self._load_or_judge(organisation_id, claims)
        if refusals.first is not None:
            raise refusals.first

    def _fit(self, claims: Sequence[Claim]) -> list[Claim]:
        """Return those that this process attempts; the suspects among them are kept for processes of their own."""
        alone = self._context.attempt_alone is not None
        fit = [claim for claim in claims if results.may_attempt(self._context.platform, claim, alone=alone)]
        for claim in set(claims) - set(fit):
            self.finish(claim)
        suspects = [claim for claim in fit if alone and claim.crashes]
        self.suspects = [*self.suspects, *suspects]
        return [claim for claim in fit if claim not in suspects]

    def _load_or_judge(self, organisation_id: UUID, claims: Sequence[Claim]) -> Iterator[Loaded]:
        try:
            loaded = self._load(organisation_id, claims)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one of them is damaged: find out which
            log.warning("deliveries.not_loaded", count=len(claims), **describe(error))
        else:
            yield from loaded
            return
        for claim in claims:
            try:
                yield from self._load(organisation_id, [claim])
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, it affects only this one
                self.finish(claim)
                results.record_unreadable(self._context.platform, self._context.faults, claim, error)

    def _load(self, organisation_id: UUID, claims: Sequence[Claim]) -> list[Loaded]:
        with self._context.platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
            return queue.load(work, claims)


class _Refusals:
    """The organisations of a batch in which the database does not answer, such as one that is being moved.

    Args:
        batch: The batch, which releases their deliveries.
    """

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._was_away = False
        self.first: Unavailable | None = None
        """The first error; None if there was none."""

    @contextmanager
    def passed_over(self, organisation_id: UUID) -> Iterator[None]:
        """Do the block for one organisation, and pass it over if the database does not answer there.

        Raises:
            Unavailable: It did not answer in the one before either; then it is away, and no other need be asked.
        """
        try:
            yield
        except Unavailable as error:
            if self._was_away:
                raise
            log.warning("deliveries.not_loaded", organisation=str(organisation_id), **describe(error))
            self._batch.release_waiting(organisation_id)
            self.first, self._was_away = self.first or error, True
        else:
            self._was_away = False


def _by_organisation(claims: Sequence[Claim]) -> dict[UUID, list[Claim]]:
    grouped: defaultdict[UUID, list[Claim]] = defaultdict(list)
    for claim in claims:
        grouped[claim.organisation_id].append(claim)
    return grouped
