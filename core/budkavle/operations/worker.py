"""The worker: it attempts due deliveries in lanes, and runs the jobs.

The web processes only write, workers only act, and any number of workers may run. When a worker crashes, its leases
expire and another worker continues.
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
"""Shorter, since it is renewed all the time, and a job that is started again sends nothing twice."""
BREATH = 0.05
"""Seconds for which notifications are collected, so that under load a thread is not woken for each."""
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
        self._heartbeat = Heartbeat(platform, NodeKind.WORKER, self._facts)
        jobs = {**core_jobs(platform), **platform.plugins.jobs}
        self.jobs = Jobs(platform, self._job_leases, jobs, self._is_in_service)
        self._faults = Faults(platform)
        context = LaneContext(platform, self._leases, self._faults, batch, self._may_claim, attempt_alone)
        names = list(platform.plugins.transports)
        self._lanes = {name: Lane(context, name, LaneQueue(platform, name), threads) for name in names}
        self._lanes[OTHERS] = Lane(context, OTHERS, OthersQueue(platform, names), 1)

    def run(self, stop: threading.Event) -> str:
        """Work until `stop` is set, or until the worker can no longer read; work under way is finished first.

        While its node is out of service it finishes what it has, and claims nothing more.

        Returns:
            Why it cannot read anything that it claims; empty if it can. If it cannot, it stops by itself: another
            worker may be able to, or this one after a restart.
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
        while not stop.wait(POLL):  # signals that another thread receives are handled when this thread runs
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
        """End the threads that renew leases; needed after `work_once`, as `run` does it itself."""
        self._leases.close()
        self._job_leases.close()

    def work_once(self, stop: threading.Event | None = None) -> int:
        """Claim one batch of due deliveries in each lane and attempt each once; returns how many were claimed.

        Raises:
            Unavailable: The database does not answer.
        """
        return sum(lane.work_once(stop) for lane in self._lanes.values())

    def attempt_one(self, lane: str, claim: Claim, stop: threading.Event) -> None:
        """Attempt one delivery that another worker has claimed, and nothing else.

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

    def _facts(self) -> dict[str, object]:
        in_hand = {"deliveries": sum(lane.in_hand for lane in self._lanes.values()), "jobs": self.jobs.in_hand}
        return {**in_hand, "transports": [name for name in self._lanes if name != OTHERS]}

    def _listen(self, stop: threading.Event) -> None:
        """Wake the lanes when something new is due; without a connection they check each second."""
        while not stop.is_set():
            try:
                with self._platform.database.listen(channel=WORK) as listener:
                    for lane in self._lanes.values():
                        lane.wake()  # notifications until now were missed
                    self._hear(stop, listener)
            except Exception as error:  # noqa: BLE001 - also the driver's own errors; the checks each second go on
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
    """Return the transports for which a notification announces work; an empty one means that some may be missed."""
    work = json.loads(payload).get("w") if payload else ALL
    return work if isinstance(work, list) else [ALL] if work else []
