"""Lanes: each transport has its own threads, which claim its deliveries and attempt them.

So a transport that hangs, or whose peer is down, delays only its own deliveries. Within a lane, new deliveries come
before those that are tried again. A batch that takes long is released, so that new deliveries need not wait for it.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from uuid import UUID

import structlog

from budkavle.deliveries import attempt, queue, results
from budkavle.deliveries.queue import Claim, Loaded
from budkavle.deliveries.results import AttemptResult
from budkavle.logs import describe
from budkavle.model.errors import Unavailable
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.operations.leases import Leases, boottime
from budkavle.plugins import calls
from budkavle.storage.platform import Platform
from budkavle.storage.worker_faults import Faults

DURABLE_AFTER = 0.2
"""Seconds after which results are recorded durably although the batch is not done.

A durable commit waits for the disk. Between two of them a crash of the server undoes results, and the deliveries are
handed over once more with the same bytes.
"""
BATCH_SECONDS = 5.0
"""Seconds after which the rest of a batch is released."""
POLL = 1.0
"""Seconds between two looks at the queue when no notice comes."""
WRITE_PAUSE = 0.5
"""Seconds between two tries to record results while the database does not answer."""
LEASE_CHECKS = 3
"""How often a lease is confirmed anew where the process was stopped after it was confirmed."""
ClaimDue = Callable[[int, timedelta], list[Claim]]
log = structlog.get_logger("budkavle.operations.worker")


@dataclass(frozen=True, slots=True)
class LaneContext:
    """What the lanes of one worker share.

    Attributes:
        platform: The installation.
        leases: Renews the leases of batches that take long.
        faults: Where what stops a lane is reported.
        batch: How many deliveries a thread claims at a time.
        is_in_service: Tells whether the worker may claim; it finishes what it attempts.
    """

    platform: Platform
    leases: Leases
    faults: Faults
    batch: int
    is_in_service: Callable[[], bool] = lambda: True


class Lane:
    """The deliveries of one transport, or of all that are switched off.

    Args:
        context: What it shares with the other lanes.
        name: The transport's name.
        claim_due: Claims its deliveries.
        threads: How many are attempted at the same time.
    """

    def __init__(self, context: LaneContext, name: str, claim_due: ClaimDue, threads: int) -> None:
        self.name = name
        self._context = context
        self._claim_due = claim_due
        self._wakes = [threading.Event() for _ in range(threads)]
        self._batches: set[_Batch] = set()
        self._next = 0

    @property
    def tasks(self) -> list[Callable[[threading.Event], None]]:
        """What its threads do until the worker is to stop."""
        return [_Task(self, wake) for wake in self._wakes]

    @property
    def in_hand(self) -> int:
        """How many deliveries it has claimed and not finished."""
        return sum(batch.in_hand for batch in tuple(self._batches))

    @property
    def is_stuck(self) -> bool:
        """Whether as many calls hang as the lane has threads; then it claims nothing more."""
        return calls.left_behind(self.name) >= len(self._wakes)

    def wake(self) -> None:
        """Wake one thread; it wakes the others where there is more than one batch."""
        self._next = (self._next + 1) % len(self._wakes)
        self._wakes[self._next].set()

    def wake_all(self) -> None:
        """Wake all threads."""
        for wake in self._wakes:
            wake.set()

    def work_once(self, stop: threading.Event | None = None) -> int:
        """Claim one batch of what is due and try each delivery once; returns how many were claimed.

        Raises:
            Unavailable: The database does not answer.
        """
        if not self._context.is_in_service():
            return 0
        if self.is_stuck:
            self._context.faults.report("lane", self.name, count=calls.left_behind(self.name))
            return 0
        self._context.faults.clear("lane", self.name)
        claims = self._claim_due(self._context.batch, self._context.leases.lease)
        if claims:
            batch = _Batch(self._context, claims)
            self._batches.add(batch)
            try:
                with self._context.leases.hold(batch.renew):
                    self._attempt_all(batch, stop)
            finally:
                self._batches.discard(batch)
        return len(claims)

    def run(self, stop: threading.Event, wake: threading.Event) -> None:
        """Work in one thread until `stop` is set."""
        while not stop.is_set():
            wake.clear()
            try:
                done = self.work_once(stop)
            except BaseException as error:  # noqa: BLE001 - the loop outlives what goes wrong in it
                log.error("worker.failed", transport=self.name, **describe(error))  # noqa: TRY400 - it may hold content
                done = 0
            if done == self._context.batch:
                self.wake_all()
            elif not done:
                wake.wait(POLL)

    def _attempt_all(self, batch: "_Batch", stop: threading.Event | None) -> None:
        """Attempt each delivery, and record its result before the next is handed over."""
        platform, results_buffer = (
            self._context.platform,
            _ResultBuffer(self._context.platform, self._context.leases.lease),
        )
        try:
            for loaded in batch.load():
                if (stop is not None and stop.is_set()) or self.is_stuck or self._is_leaving(batch):
                    batch.release_waiting()
                elif not batch.start(loaded.claim):
                    continue
                elif prepared := attempt.prepare(platform, self._context.faults, loaded):
                    self._attempt(batch, prepared, results_buffer, stop)
        finally:
            results_buffer.close()

    def _is_leaving(self, batch: "_Batch") -> bool:
        """Tell whether the rest of a batch is better left to others."""
        return batch.is_old or not self._context.is_in_service()

    def _attempt(
        self, batch: "_Batch", prepared: attempt.Attempt, results_buffer: "_ResultBuffer", stop: threading.Event | None
    ) -> None:
        claim, lease = prepared.loaded.claim, self._context.leases.lease
        for _ in range(LEASE_CHECKS):
            asked_at = boottime()
            if not results_buffer.begin(claim):
                batch.lose(claim)
                return
            try:
                ours = _younger_than(asked_at, lease / 2)
                result = attempt.hand_over(self._context.platform, self._context.faults, prepared, ours, stop)
            except attempt.LeaseUncertain:
                log.warning("delivery.slept", delivery=str(claim.id))
                continue
            batch.finish(claim)
            if result:
                results_buffer.add(result)
            return
        batch.finish(claim)
        results.release_claim(self._context.platform, claim)


class _Task:
    """One thread of a lane."""

    def __init__(self, lane: Lane, wake: threading.Event) -> None:
        self._lane, self._wake = lane, wake

    def __call__(self, stop: threading.Event) -> None:
        self._lane.run(stop, self._wake)


class _Batch:
    """What one thread has claimed.

    `_waiting` are the deliveries whose turn has not come. `_held` are those and the one that is being attempted: their
    leases are renewed. Another thread renews, so both change under a lock.
    """

    def __init__(self, context: LaneContext, claims: Sequence[Claim]) -> None:
        self._context = context
        self._claims = claims
        self._waiting = {claim.id: claim for claim in claims}
        self._held = dict(self._waiting)
        self._lock = threading.Lock()
        self._since = monotonic()

    @property
    def in_hand(self) -> int:
        """How many of them are held."""
        return len(self._held)

    @property
    def is_old(self) -> bool:
        """Whether it has taken so long that the rest should be released."""
        return monotonic() - self._since > BATCH_SECONDS

    def start(self, claim: Claim) -> bool:
        """Take one from those that wait; False where it was released or lost."""
        with self._lock:
            return self._waiting.pop(claim.id, None) is not None

    def finish(self, claim: Claim) -> None:
        """Stop renewing the lease of one."""
        with self._lock:
            self._waiting.pop(claim.id, None)
            self._held.pop(claim.id, None)

    def lose(self, claim: Claim) -> None:
        """Note that another worker has one."""
        with self._lock:
            self._waiting.pop(claim.id, None)
            lost = self._held.pop(claim.id, None)
        if lost:
            log.warning("delivery.lease_lost", delivery=str(claim.id))

    def release_waiting(self) -> None:
        """Release all that wait for their turn."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            for claim_id in waiting:
                del self._held[claim_id]
        for claim in waiting.values():
            results.release_claim(self._context.platform, claim)

    def renew(self) -> None:
        """Renew the leases, in the thread of `Leases`; what is not ours any more is lost.

        What waits behind an attempt that takes long is released.
        """
        if self.is_old:
            self.release_waiting()
        with self._lock:
            held = list(self._held.values())
        for organisation_id, organisation_claims in _by_organisation(held).items():
            with self._context.platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
                still = queue.renew_leases(work, organisation_claims, self._context.leases.lease)
            for claim in organisation_claims:
                if claim.id not in still:
                    self.lose(claim)

    def load(self) -> Iterator[Loaded]:
        """Yield the deliveries with their messages; what cannot be read is recorded by itself."""
        fit = [claim for claim in self._claims if results.may_attempt(self._context.platform, claim)]
        for claim in set(self._claims) - set(fit):
            self.finish(claim)
        for organisation_id, organisation_claims in _by_organisation(fit).items():
            yield from self._load_or_judge(organisation_id, organisation_claims)

    def _load_or_judge(self, organisation_id: UUID, claims: Sequence[Claim]) -> Iterator[Loaded]:
        try:
            loaded = self._load(organisation_id, claims)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one of them is spoilt: find out which
            log.warning("deliveries.not_loaded", count=len(claims), **describe(error))
        else:
            yield from loaded
            return
        for claim in claims:
            try:
                yield from self._load(organisation_id, [claim])
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this one's alone
                self.finish(claim)
                results.record_unreadable(self._context.platform, self._context.faults, claim, error)

    def _load(self, organisation_id: UUID, claims: Sequence[Claim]) -> list[Loaded]:
        with self._context.platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
            return queue.load(work, claims)


class _ResultBuffer:
    """Results that are not recorded yet; they are, as the next attempt begins or at the end of the batch.

    So recording costs no exchange of its own: it shares one with the mark of the next attempt.
    """

    def __init__(self, platform: Platform, lease: timedelta) -> None:
        self._platform = platform
        self._lease = lease
        self._results: list[AttemptResult] = []
        self._since = monotonic()
        self._unsynced = False
        """Whether a result is recorded that a crash of the server would undo, and that must not be attempted twice."""

    def add(self, result: AttemptResult) -> None:
        """Add a result."""
        self._results.append(result)

    def begin(self, claim: Claim) -> bool:
        """Mark the next attempt as begun; False where the delivery is not ours any more."""
        durable = monotonic() - self._since > DURABLE_AFTER
        ours = results.begin_attempt(self._platform, claim, self._lease, self._results, durable=durable)
        self._unsynced = not durable and (self._unsynced or not all(result.wire_stored for result in self._results))
        self._results = []
        if durable:
            self._since = monotonic()
        return ours

    def close(self) -> None:
        """Record the rest. It is retried for the length of a lease, since another attempt would send it again.

        Raises:
            Unavailable: The database has not answered for that long.
        """
        end = monotonic() + self._lease.total_seconds()
        while True:
            try:
                self._close()
            except Unavailable:
                if monotonic() > end:
                    raise
                threading.Event().wait(WRITE_PAUSE)
            else:
                return

    def _close(self) -> None:
        durable = self._unsynced or not all(result.wire_stored for result in self._results)
        results.record_results(self._platform, self._results, durable=durable)


def _younger_than(asked_at: float, seconds: timedelta) -> Callable[[], bool]:
    """Return a check that less time than this has passed, the time included in which the machine slept.

    A monotonic clock stops while a machine sleeps, and a lease does not.
    """
    return lambda: boottime() - asked_at < seconds.total_seconds()


def _by_organisation(claims: Sequence[Claim]) -> dict[UUID, list[Claim]]:
    grouped: defaultdict[UUID, list[Claim]] = defaultdict(list)
    for claim in claims:
        grouped[claim.organisation_id].append(claim)
    return grouped
