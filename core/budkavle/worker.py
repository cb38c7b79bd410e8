"""The one loop: it claims deliveries that are due, lets their transports carry them, and does the jobs.

Web only writes, workers only act; any number of workers may run. A worker that dies anywhere leaves leases that
run out, and the next one goes on (design, section 4).
"""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import cycle
from time import monotonic
from uuid import UUID

import structlog

from budkavle import carrying, deliveries
from budkavle.carrying import Ending
from budkavle.database import WORK, Listener
from budkavle.deliveries import Claim, Loaded
from budkavle.errors import Unavailable
from budkavle.failures import describe
from budkavle.jobs import Jobs, core_jobs
from budkavle.leases import Leases
from budkavle.platform import Platform

THREADS, BATCH = 2, 8
LEASE = timedelta(seconds=60)
JOB_LEASE = timedelta(seconds=15)
"""Shorter, since it is renewed all the time and nothing is carried twice by a job that begins again."""
TOGETHER = 0.2
"""Seconds after which what has been handed over is written down, although more of the batch is to come."""
BREATH = 0.02
"""Seconds during which what is new is heard together: under load nobody has to be woken for each of it."""
POLL = 1.0
"""Seconds between two looks at the queue when nobody has told of anything new."""

log = structlog.get_logger("budkavle.worker")


class Worker:
    """Carries deliveries and does jobs.

    Args:
        platform: What everything stands on; its plugins started.
        threads: How many deliveries are carried at the same time.
        batch: How many a thread claims at a time.
        lease: After how long a dead worker's deliveries are taken over.
    """

    def __init__(
        self, platform: Platform, *, threads: int = THREADS, batch: int = BATCH, lease: timedelta = LEASE
    ) -> None:
        self._platform = platform
        self._batch = batch
        self._leases = Leases(lease)
        self._wakes = [threading.Event() for _ in range(threads)]
        self._job_leases = Leases(min(lease, JOB_LEASE))
        self.jobs = Jobs(platform, self._job_leases, {**core_jobs(platform), **platform.plugins.jobs})

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what is under way is finished first."""
        tasks: list[Callable[[], None]] = [partial(self._carry, stop, wake) for wake in self._wakes]
        tasks += [partial(self._listen, stop), partial(self.jobs.run, stop)]
        threads = [threading.Thread(target=task, name=f"budkavle-worker-{n}") for n, task in enumerate(tasks)]
        for thread in threads:
            thread.start()
        stop.wait()
        for wake in self._wakes:
            wake.set()
        for thread in threads:
            thread.join()
        self.close()

    def close(self) -> None:
        """End the threads that renew leases; for those who call `work_once` instead of `run`."""
        self._leases.close()
        self._job_leases.close()

    def work_once(self, stop: threading.Event | None = None) -> int:
        """Claim one batch of what is due and try each delivery once; returns how many were claimed.

        Raises:
            Unavailable: The database does not answer.
        """
        claims = deliveries.claim(self._platform, self._batch, self._leases.lease)
        if not claims:
            return 0
        with self._leases.hold(lambda: self._renew(claims)):
            self._carry_all(claims, stop)
        return len(claims)

    def _carry_all(self, claims: Sequence[Claim], stop: threading.Event | None) -> None:
        """Carry, and write how it went with several at a time, none of which waits long for the others."""
        ended, since = list[Ending](), monotonic()
        try:
            for loaded in self._loaded(claims):
                if stop is not None and stop.is_set():
                    carrying.hand_back(self._platform, loaded.claim)
                elif ending := carrying.carry(self._platform, loaded):
                    ended.append(ending)
                if monotonic() - since > TOGETHER:
                    some, ended, since = ended, [], monotonic()
                    carrying.finish(self._platform, some)
        finally:
            carrying.finish(self._platform, ended)

    def _loaded(self, claims: Sequence[Claim]) -> Iterator[Loaded]:
        """Yield deliveries with their messages; one whose rows cannot be opened is parked alone."""
        for organisation_id, own in _by_organisation(claims).items():
            try:
                yield from self._load(organisation_id, own)
                continue
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 - one of them is spoilt: find out which
                log.warning("deliveries.not_loaded", count=len(own), **describe(error))
            for claim in own:
                try:
                    yield from self._load(organisation_id, [claim])
                except Unavailable:
                    raise
                except Exception as error:  # noqa: BLE001 - whatever it is, it is this one's alone
                    carrying.unreadable(self._platform, claim, error)

    def _load(self, organisation_id: UUID, claims: Sequence[Claim]) -> list[Loaded]:
        with self._platform.database.transaction(organisation_id) as connection:
            return deliveries.load(self._platform, connection, organisation_id, claims)

    def _renew(self, claims: Sequence[Claim]) -> None:
        for organisation_id, own in _by_organisation(claims).items():
            with self._platform.database.transaction(organisation_id) as connection:
                deliveries.renew(connection, organisation_id, own, self._leases.lease)

    def _carry(self, stop: threading.Event, wake: threading.Event) -> None:
        while not stop.is_set():
            wake.clear()
            try:
                done = self.work_once(stop)
            except Exception as error:  # noqa: BLE001 - the loop outlives what goes wrong in it
                log.error("worker.failed", **describe(error))  # noqa: TRY400 - the error itself may hold content
                done = 0
            if done == self._batch:
                for other in self._wakes:
                    other.set()
            elif not done:
                wake.wait(POLL)

    def _listen(self, stop: threading.Event) -> None:
        """Wake the carrying threads when something new is due; without a connection they look each second."""
        while not stop.is_set():
            try:
                with self._platform.database.listen(channel=WORK) as listener:
                    self._hear(stop, listener)
            except Exception as error:  # noqa: BLE001 - the driver's own errors too; looking each second goes on
                log.warning("worker.not_listening", **describe(error))
                stop.wait(POLL)

    def _hear(self, stop: threading.Event, listener: Listener) -> None:
        turns = cycle(self._wakes)
        while not stop.is_set():
            if any(_is_work(payload) for payload in listener.wait(POLL / 2)):
                next(turns).set()  # one looks; it calls the others where there is more than it can carry
                stop.wait(BREATH)


def _by_organisation(claims: Sequence[Claim]) -> dict[UUID, list[Claim]]:
    found: defaultdict[UUID, list[Claim]] = defaultdict(list)
    for claim in claims:
        found[claim.organisation_id].append(claim)
    return found


def _is_work(payload: str) -> bool:
    """Tell whether a notice is about a delivery that is due; an empty one says that some may have been missed."""
    return not payload or bool(json.loads(payload).get("w"))
