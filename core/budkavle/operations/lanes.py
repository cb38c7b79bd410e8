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
from budkavle.deliveries.results import Ending
from budkavle.logs import describe
from budkavle.model.errors import Unavailable
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.operations.leases import Leases, boottime
from budkavle.plugins import calls
from budkavle.storage.platform import Platform
from budkavle.storage.worker_faults import Faults

TOGETHER = 0.2
"""Seconds after which what has been handed over is made durable, although more of the batch is to come."""
LONGEST = 5.0
"""Seconds after which the rest of a batch is let go of."""
POLL = 1.0
"""Seconds between two looks at the queue when nobody has told of anything new."""
PATIENCE = 0.5
"""Seconds between two tries to write what has been handed over, where the database does not answer."""
ASKED = 3
"""How often a lease is asked for again where the program has been stopped since it was asked for."""
Take = Callable[[int, timedelta], list[Claim]]
log = structlog.get_logger("budkavle.operations.worker")


@dataclass(frozen=True, slots=True)
class Crew:
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
        crew: What it shares with the other lanes.
        name: The transport's.
        take: Claims its deliveries.
        threads: How many are carried at the same time.
    """

    def __init__(self, crew: Crew, name: str, take: Take, threads: int) -> None:
        self.name = name
        self._crew = crew
        self._take = take
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
        for one in self._wakes:
            one.set()

    def work_once(self, stop: threading.Event | None = None) -> int:
        """Claim one batch of what is due and try each delivery once; returns how many were claimed.

        Raises:
            Unavailable: The database does not answer.
        """
        if self.is_stuck:
            self._crew.faults.tell("lane", self.name, count=calls.left_behind(self.name))
            return 0
        self._crew.faults.clear("lane", self.name)
        claims = self._take(self._crew.batch, self._crew.leases.lease)
        if claims:
            batch = _Batch(self._crew, claims)
            with self._crew.leases.hold(batch.renew):
                self._carry_all(batch, stop)
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
            if done == self._crew.batch:
                self.wake_all()
            elif not done:
                wake.wait(POLL)

    def _carry_all(self, batch: "_Batch", stop: threading.Event | None) -> None:
        """Carry, and write how it went before the next one is handed over."""
        platform, log_book = self._crew.platform, _LogBook(self._crew.platform, self._crew.leases.lease)
        try:
            for loaded in batch.loaded():
                if (stop is not None and stop.is_set()) or self.is_stuck or batch.is_old:
                    batch.let_go()
                elif not batch.take(loaded.claim):
                    continue
                elif one := attempt.prepare(platform, self._crew.faults, loaded):
                    self._carry(batch, one, log_book, stop)
        finally:
            log_book.close()

    def _carry(self, batch: "_Batch", one: attempt.Try, log_book: "_LogBook", stop: threading.Event | None) -> None:
        claim, lease = one.loaded.claim, self._crew.leases.lease
        for _ in range(ASKED):
            asked = boottime()
            if not log_book.begin(claim):
                batch.lose(claim)
                return
            try:
                ours = _within(asked, lease / 2)
                ending = attempt.hand_over(self._crew.platform, self._crew.faults, one, ours, stop)
            except attempt.Slept:
                log.warning("delivery.slept", delivery=str(claim.id))
                continue
            batch.leave(claim)
            if ending:
                log_book.add(ending)
            return
        batch.leave(claim)
        results.hand_back(self._crew.platform, claim)


class _Task:
    """One thread of a lane."""

    def __init__(self, lane: Lane, wake: threading.Event) -> None:
        self._lane, self._wake = lane, wake

    def __call__(self, stop: threading.Event) -> None:
        self._lane.run(stop, self._wake)


class _Batch:
    """What one thread has claimed: what waits for its turn, and what is held, which is that and the one under way."""

    def __init__(self, crew: Crew, claims: Sequence[Claim]) -> None:
        self._crew = crew
        self._claims = claims
        self._waiting = {one.id: one for one in claims}
        self._held = dict(self._waiting)
        self._lock = threading.Lock()
        self._since = monotonic()

    @property
    def is_old(self) -> bool:
        """Whether it has taken so long that the rest of it should be let go of."""
        return monotonic() - self._since > LONGEST

    def take(self, claim: Claim) -> bool:
        """Begin with one; False where it has been let go of, or lost."""
        with self._lock:
            return self._waiting.pop(claim.id, None) is not None

    def leave(self, claim: Claim) -> None:
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

    def let_go(self) -> None:
        """Give back all that waits for its turn."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            for one in waiting:
                del self._held[one]
        for claim in waiting.values():
            results.hand_back(self._crew.platform, claim)

    def renew(self) -> None:
        """Renew the leases of what is held, as another thread does now and then; what is not ours any more is lost.

        What waits for its turn behind one that takes long is given back.
        """
        if self.is_old:
            self.let_go()
        with self._lock:
            held = list(self._held.values())
        for organisation_id, own in _by_organisation(held).items():
            with self._crew.platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
                still = queue.renew(work, own, self._crew.leases.lease)
            for one in own:
                if one.id not in still:
                    self.lose(one)

    def loaded(self) -> Iterator[Loaded]:
        """Yield deliveries with their messages, as long as they are ours; what cannot be read is judged alone."""
        fit = [one for one in self._claims if results.judge_deaths(self._crew.platform, one)]
        for one in set(self._claims) - set(fit):
            self.leave(one)
        for organisation_id, own in _by_organisation(fit).items():
            yield from self._opened(organisation_id, own)

    def _opened(self, organisation_id: UUID, claims: Sequence[Claim]) -> Iterator[Loaded]:
        try:
            loaded = self._load(organisation_id, claims)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one of them is spoilt: find out which
            log.warning("deliveries.not_loaded", count=len(claims), **describe(error))
        else:
            yield from loaded
            return
        for one in claims:
            try:
                yield from self._load(organisation_id, [one])
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this one's alone
                self.leave(one)
                results.misread(self._crew.platform, self._crew.faults, one, error)

    def _load(self, organisation_id: UUID, claims: Sequence[Claim]) -> list[Loaded]:
        with self._crew.platform.work(SystemActor(organisation_id, CORE_NAME)) as work:
            return queue.load(work, claims)


class _LogBook:
    """How deliveries ended that were handed over, until it is written: as the next one begins, or at the end."""

    def __init__(self, platform: Platform, lease: timedelta) -> None:
        self._platform = platform
        self._lease = lease
        self._ended: list[Ending] = []
        self._since = monotonic()
        self._light = False
        """Whether something has been written that a crash of the server would undo, and that may not be done twice."""

    def add(self, ending: Ending) -> None:
        """Note how one ended."""
        self._ended.append(ending)

    def begin(self, claim: Claim) -> bool:
        """Mark the next one as under way; False where it is not ours any more."""
        durable = monotonic() - self._since > TOGETHER
        ours = results.begin(self._platform, claim, self._lease, self._ended, durable=durable)
        self._light = not durable and (self._light or not all(one.kept for one in self._ended))
        self._ended = []
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
                threading.Event().wait(PATIENCE)
            else:
                return

    def _close(self) -> None:
        durable = self._light or not all(one.kept for one in self._ended)
        results.finish(self._platform, self._ended, durable=durable)


def _within(asked: float, seconds: timedelta) -> Callable[[], bool]:
    """Return the question whether no more time than this has passed, the time included that the machine slept."""
    return lambda: boottime() - asked < seconds.total_seconds()


def _by_organisation(claims: Sequence[Claim]) -> dict[UUID, list[Claim]]:
    found: defaultdict[UUID, list[Claim]] = defaultdict(list)
    for claim in claims:
        found[claim.organisation_id].append(claim)
    return found
