"""The worker: it attempts due deliveries in lanes, and runs the jobs.

The web processes only write, workers only act, and any number of workers may run. A worker that crashes leaves leases
that run out; then another worker goes on.
"""

import json
import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

import structlog

from budkavle.deliveries.destinations.claiming import LaneQueue, OthersQueue
from budkavle.deliveries.queue import Claim
from budkavle.logs import describe
from budkavle.operations.batches.batch import AttemptAlone, LaneContext
from budkavle.operations.jobs import Jobs, core_jobs
from budkavle.operations.lanes import POLL, Lane
from budkavle.operations.leases import Leases
from budkavle.operations.nodes import Heartbeat, NodeKind
from budkavle.storage.database import WORK, Listener
from budkavle.storage.events.chaining import keep_chaining
from budkavle.storage.platform import Platform
from budkavle.storage.worker_faults import Faults

THREADS, BATCH = 2, 8
LEASE = timedelta(seconds=60)
JOB_LEASE = timedelta(seconds=15)
"""Shorter, since it is renewed all the time, and a job that begins again sends nothing twice."""
BREATH = 0.05
"""Seconds during which notices are collected, so that a thread is not woken for each under load."""
OTHERS = ""
"""The lane of transports that are switched off."""

log = structlog.get_logger("budkavle.operations.worker")


class Worker:
    """Attempts deliveries and runs jobs.

    Args:
        platform: The installation, with its plugins started.
        threads: How many deliveries of one transport are attempted at the same time.
        batch: How many a thread claims at a time.
        lease: Time until another worker may claim the deliveries of one that has crashed.
        attempt_alone: See `LaneContext`.
    """

    def __init__(
        self,
        platform: Platform,
        *,
        threads: int = THREADS,
        batch: int = BATCH,
        lease: timedelta = LEASE,
        attempt_alone: AttemptAlone | None = None,
    ) -> None:
        self._platform = platform
        self._leases = Leases(lease)
        self._job_leases = Leases(min(lease, JOB_LEASE))
        self._heartbeat = Heartbeat(platform, NodeKind.WORKER, self._in_hand)
        jobs = {**core_jobs(platform), **platform.plugins.jobs}
        self.jobs = Jobs(platform, self._job_leases, jobs, self._is_in_service)
        self._faults = Faults(platform)
        context = LaneContext(platform, self._leases, self._faults, batch, self._may_claim, attempt_alone)
        names = list(platform.plugins.transports)
        self._lanes = {name: Lane(context, name, LaneQueue(platform, name), threads) for name in names}
        self._lanes[OTHERS] = Lane(context, OTHERS, OthersQueue(platform, names), 1)

    def run(self, stop: threading.Event) -> str:
        """Work until `stop` is set, or until it is sick; what is under way is finished first.

        While its node is out of service it finishes what it has, and claims nothing more.

        Returns:
            Why it can read nothing of what it claims; empty where it is well. Then it stops by itself: another worker,
            or itself after a new start, may be able to.
        """
        self._heartbeat.beat()
        tasks: list[Callable[[threading.Event], None]] = [task for lane in self._lanes.values() for task in lane.tasks]
        tasks += [self._listen, self.jobs.run, self._heartbeat.run]
        tasks.append(partial(keep_chaining, self._platform.database))
        threads = [
            threading.Thread(target=task, args=(stop,), name=f"budkavle-worker-{n}") for n, task in enumerate(tasks)
        ]
        for thread in threads:
            thread.start()
        while not stop.wait(POLL):  # a signal that another thread gets is handled when this one looks
            if self._faults.sickness:
                log.error("worker.sick", reason=self._faults.sickness)
                stop.set()
        for lane in self._lanes.values():
            lane.wake_all()
        self._heartbeat.wake()
        for thread in threads:
            thread.join()
        for lane in self._lanes.values():
            lane.join()
        self.close()
        return self._faults.sickness

    def close(self) -> None:
        """End the threads that renew leases; for those who call `work_once` instead of `run`."""
        self._leases.close()
        self._job_leases.close()

    def work_once(self, stop: threading.Event | None = None) -> int:
        """Claim one batch of what is due in each lane and try each delivery once; returns how many were claimed.

        Raises:
            Unavailable: The database does not answer.
        """
        return sum(lane.work_once(stop) for lane in self._lanes.values())

    def attempt_one(self, lane: str, claim: Claim, stop: threading.Event) -> None:
        """Try one delivery that another worker has claimed, and nothing else.

        Args:
            lane: The transport's name.
            claim: The delivery, and the lease it was claimed under.
            stop: Set when the process is asked to stop.

        Raises:
            Unavailable: The database does not answer.
        """
        if lane in self._lanes:
            self._lanes[lane].attempt_claims([claim], stop)
        self.close()

    def _may_claim(self) -> bool:
        return self._heartbeat.in_service and not self._faults.sickness

    def _is_in_service(self) -> bool:
        return self._heartbeat.in_service

    def _in_hand(self) -> dict[str, int]:
        return {"deliveries": sum(lane.in_hand for lane in self._lanes.values()), "jobs": self.jobs.in_hand}

    def _listen(self, stop: threading.Event) -> None:
        """Wake the lanes when something new is due; without a connection they look each second."""
        while not stop.is_set():
            try:
                with self._platform.database.listen(channel=WORK) as listener:
                    for lane in self._lanes.values():
                        lane.wake()  # nobody has heard what was told until now
                    self._hear(stop, listener)
            except Exception as error:  # noqa: BLE001 - the driver's own errors too; looking each second goes on
                log.warning("worker.not_listening", **describe(error))
                stop.wait(POLL)

    def _hear(self, stop: threading.Event, listener: Listener) -> None:
        while not stop.is_set():
            payloads = listener.wait(POLL / 2)
            if any('"n":' in payload for payload in payloads):
                self._heartbeat.wake()
            woken = set().union(*(_lanes(payload) for payload in payloads))
            for lane in self._lanes.values():
                if lane.name in woken or ALL in woken:
                    lane.wake()
            if woken:
                stop.wait(BREATH)


ALL = "*"


def _lanes(payload: str) -> Iterable[str]:
    """Return the transports that a notice says something is due for; an empty one says that some may be missed."""
    work = json.loads(payload).get("w") if payload else ALL
    return work if isinstance(work, list) else [ALL] if work else []
