"""Lanes: each transport's deliveries are claimed and carried apart, by threads of their own.

So a transport that hangs, or whose peer is dead, stops nobody but itself. Within a lane what is new comes before what
is tried again, and a batch that has taken long is let go of, so that what is new need not wait for it. A lane is a
claim, a number of threads and a name: lanes for each destination would be more of the same.
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
"""Seconds after which what has been handed over is made durable, although more of the batch is to come."""
BATCH_SECONDS = 5.0
"""Seconds after which the rest of a batch is let go of."""
POLL = 1.0
"""Seconds between two looks at the queue when nobody has told of anything new."""
WRITE_PAUSE = 0.5
"""Seconds between two tries to write what has been handed over, where the database does not answer."""
LEASE_CHECKS = 3
"""How often a lease is asked for again where the program has been stopped since it was asked for."""
ClaimDue = Callable[[int, timedelta], list[Claim]]
log = structlog.get_logger("budkavle.operations.worker")


@dataclass(frozen=True, slots=True)
class LaneContext:
    """What the lanes of one worker share.

    Attributes:
        platform: What everything stands on.
        leases: Renews the leases of what takes its time.
        faults: Where is told what stops a lane.
        batch: How many deliveries a thread claims at a time.
    """

    platform: Platform
    leases: Leases
    faults: Faults
    batch: int


class Lane:
    """The deliveries of one transport, or of all that are switched off.

    Args:
        context: What it shares with the other lanes.
        name: The transport's.
        claim_due: Claims its deliveries.
        threads: How many are carried at the same time.
    """

    def __init__(self, context: LaneContext, name: str, claim_due: ClaimDue, threads: int) -> None:
        self.name = name
        self._context = context
        self._claim_due = claim_due
        self._wakes = [threading.Event() for _ in range(threads)]
        self._next = 0

    @property
    def tasks(self) -> list[Callable[[threading.Event], None]]:
        """What its threads do until the worker is to stop."""
        return [_Task(self, wake) for wake in self._wakes]

    @property
    def is_stuck(self) -> bool:
        """Whether as many calls hang as it has threads: then it claims nothing more, and its deliveries wait."""
        return calls.left_behind(self.name) >= len(self._wakes)

    def wake(self) -> None:
        """Let one of its threads look; that one calls the others where there is more than it can carry."""
        self._next = (self._next + 1) % len(self._wakes)
        self._wakes[self._next].set()

    def wake_all(self) -> None:
        """Let all of its threads look."""
        for wake in self._wakes:
            wake.set()

    def work_once(self, stop: threading.Event | None = None) -> int:
        """Claim one batch of what is due and try each delivery once; returns how many were claimed.

        Raises:
            Unavailable: The database does not answer.
        """
        if self.is_stuck:
            self._context.faults.tell("lane", self.name, count=calls.left_behind(self.name))
            return 0
        self._context.faults.clear("lane", self.name)
        claims = self._claim_due(self._context.batch, self._context.leases.lease)
        if claims:
            batch = _Batch(self._context, claims)
            with self._context.leases.hold(batch.renew):
                self._attempt_all(batch, stop)
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
        """Carry, and write how it went before the next one is handed over."""
        platform, results_buffer = (
            self._context.platform,
            _ResultBuffer(self._context.platform, self._context.leases.lease),
        )
        try:
            for loaded in batch.load():
                if (stop is not None and stop.is_set()) or self.is_stuck or batch.is_old:
                    batch.release_waiting()
                elif not batch.start(loaded.claim):
                    continue
                elif prepared := attempt.prepare(platform, self._context.faults, loaded):
                    self._attempt(batch, prepared, results_buffer, stop)
        finally:
            results_buffer.close()

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
    """What one thread has claimed: what waits for its turn, and what is held, which is that and the one under way."""

    def __init__(self, context: LaneContext, claims: Sequence[Claim]) -> None:
        self._context = context
        self._claims = claims
        self._waiting = {claim.id: claim for claim in claims}
        self._held = dict(self._waiting)
        self._lock = threading.Lock()
        self._since = monotonic()

    @property
    def is_old(self) -> bool:
        """Whether it has taken so long that the rest of it should be let go of."""
        return monotonic() - self._since > BATCH_SECONDS

    def start(self, claim: Claim) -> bool:
        """Begin with one; False where it has been let go of, or lost."""
        with self._lock:
            return self._waiting.pop(claim.id, None) is not None

    def finish(self, claim: Claim) -> None:
        """Be done with one."""
        with self._lock:
            self._waiting.pop(claim.id, None)
            self._held.pop(claim.id, None)

    def lose(self, claim: Claim) -> None:
        """Note that somebody else has one."""
        with self._lock:
            self._waiting.pop(claim.id, None)
            lost = self._held.pop(claim.id, None)
        if lost:
            log.warning("delivery.lease_lost", delivery=str(claim.id))

    def release_waiting(self) -> None:
        """Give back all that waits for its turn."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            for claim_id in waiting:
                del self._held[claim_id]
        for claim in waiting.values():
            results.release_claim(self._context.platform, claim)

    def renew(self) -> None:
        """Renew the leases of what is held, as another thread does now and then; what is not ours any more is lost.

        What waits for its turn behind one that takes long is given back.
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
        """Yield deliveries with their messages, as long as they are ours; what cannot be read is judged alone."""
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
    """How deliveries ended that were handed over, until it is written: as the next one begins, or at the end."""

    def __init__(self, platform: Platform, lease: timedelta) -> None:
        self._platform = platform
        self._lease = lease
        self._results: list[AttemptResult] = []
        self._since = monotonic()
        self._unsynced = False
        """Whether something has been written that a crash of the server would undo, and that may not be done twice."""

    def add(self, result: AttemptResult) -> None:
        """Note how one ended."""
        self._results.append(result)

    def begin(self, claim: Claim) -> bool:
        """Mark the next one as under way; False where it is not ours any more."""
        durable = monotonic() - self._since > DURABLE_AFTER
        ours = results.begin_attempt(self._platform, claim, self._lease, self._results, durable=durable)
        self._unsynced = not durable and (self._unsynced or not all(result.wire_stored for result in self._results))
        self._results = []
        if durable:
            self._since = monotonic()
        return ours

    def close(self) -> None:
        """Write the rest, for as long as it may be ours: what has been handed over must not be done again.

        Raises:
            Unavailable: The database has not answered for so long.
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
    """Return the question whether no more time than this has passed, the time included that the machine slept."""
    return lambda: boottime() - asked_at < seconds.total_seconds()


def _by_organisation(claims: Sequence[Claim]) -> dict[UUID, list[Claim]]:
    grouped: defaultdict[UUID, list[Claim]] = defaultdict(list)
    for claim in claims:
        grouped[claim.organisation_id].append(claim)
    return grouped
