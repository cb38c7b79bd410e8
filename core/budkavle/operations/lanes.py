"""Lanes: each transport has its own threads, which claim its deliveries and attempt them.

So a transport that hangs delays only its own deliveries. Within a lane, new deliveries come before retries,
organisations and destinations take turns, and a destination that does not answer gets few attempts at a time.
Deliveries that wait behind a slow attempt are released, so that other threads can claim them.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import partial

import structlog

from budkavle import logs
from budkavle.deliveries import attempt, results
from budkavle.deliveries.destinations import naming
from budkavle.deliveries.destinations.claiming import ClaimQueue
from budkavle.deliveries.destinations.threads import LaneThreads
from budkavle.deliveries.destinations.windows import Windows
from budkavle.deliveries.queue import Claim, Loaded
from budkavle.deliveries.results import AttemptResult
from budkavle.logs import describe
from budkavle.measures import tracing
from budkavle.model import sources
from budkavle.model.errors import Unavailable
from budkavle.model.messages import Outcome
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.operations.batches.batch import Batch, LaneContext
from budkavle.operations.batches.result_buffer import ResultBuffer
from budkavle.plugins import calls
from budkavle.plugins.protocols.transport import NamesDestinations

SLOW_SECONDS = 1.0
"""Seconds after which the deliveries that wait behind one call are released."""
MOST_NAMED = 10
"""Up to this number, unreachable destinations are reported one by one."""
MOST_THREADS = 16
"""The most threads of one lane, including those that wait for slow peers."""
POLL = 1.0
"""Seconds between two checks of the queue when no notification comes."""
LEASE_CHECKS = 3
"""How often a lease is confirmed again if the process was suspended after the last confirmation."""
log = structlog.get_logger("budkavle.operations.worker")


class Lane:
    """The deliveries of one transport, or of all transports that are switched off.

    Args:
        context: What it shares with the other lanes.
        name: The transport's name.
        queue: The queue from which it claims deliveries.
        count: How many threads it has, besides those that wait for slow peers.
    """

    def __init__(self, context: LaneContext, name: str, queue: ClaimQueue, count: int) -> None:
        self.name = name
        self._context = context
        self._queue = queue
        self._count = count
        self._threads = LaneThreads(name, count, MOST_THREADS)
        self._windows = Windows(max(2, count))
        self._batches: set[Batch] = set()
        transport: object = context.platform.plugins.transports.get(name)
        # If everything depends on one peer, nothing more is sent once every thread hangs there.
        self._most_hung = MOST_THREADS if isinstance(transport, NamesDestinations) else count

    @property
    def tasks(self) -> list[Callable[[threading.Event], None]]:
        """What its threads run until the worker stops."""
        return [self.run] * self._count

    @property
    def in_hand(self) -> int:
        """How many deliveries it has claimed and not yet finished."""
        return sum(batch.in_hand for batch in tuple(self._batches))

    @property
    def is_stuck(self) -> bool:
        """Whether so many calls hang that it must not claim more."""
        return calls.left_behind(self.name) >= self._most_hung

    def wake(self) -> None:
        """Wake one thread for new work; it wakes the others if there is more than one batch."""
        self._queue.expire()
        self._threads.wake()

    def wake_all(self) -> None:
        """Wake all threads."""
        self._threads.wake_all()

    def join(self) -> None:
        """Wait for the threads that were started to replace waiting ones."""
        self._threads.join()

    def work_once(self, stop: threading.Event | None = None) -> int:
        """Claim one batch of due deliveries and attempt each once; returns how many were claimed.

        Raises:
            Unavailable: The database does not answer.
        """
        if not self._context.is_in_service():
            return 0
        if self.is_stuck:
            self._context.faults.report("lane", self.name, count=calls.left_behind(self.name))
            return 0
        self._context.faults.clear("lane", self.name)
        closed = self._windows.closed()
        # If so many fail at once, the cause is more likely on our side, so one fault is reported for all of them.
        for destination in closed if len(closed) <= MOST_NAMED else [""]:
            self._context.faults.report("destination", _subject(self.name, destination))
        claims = self._queue.claim(self._context.batch, self._context.leases.lease, self._windows.shut())
        if claims:
            self.attempt_claims(claims, stop)
        return len(claims)

    def attempt_claims(self, claims: Sequence[Claim], stop: threading.Event | None = None) -> None:
        """Attempt each of the claimed deliveries once.

        Args:
            claims: The deliveries, and the leases they were claimed under.
            stop: Set when the worker is asked to stop.

        Raises:
            Unavailable: The database does not answer.
        """
        batch = Batch(self._context, claims)
        self._batches.add(batch)
        try:
            with self._context.leases.hold(batch.renew):
                self._attempt_all(batch, stop)
                self._attempt_suspects(batch, stop)
        finally:
            self._batches.discard(batch)
        if batch.has_released:  # fewer than a full batch were claimed, and no notification announces the released ones
            self.wake()

    def _attempt_suspects(self, batch: Batch, stop: threading.Event | None) -> None:
        """Attempt deliveries that may have crashed a worker in separate processes; each renews its own lease."""
        with batch.released_on_fault():
            for claim in batch.suspects:
                if stop is not None and stop.is_set():
                    batch.release_waiting()
                elif batch.start(claim) and self._context.attempt_alone:
                    batch.finish(claim)
                    self._context.attempt_alone(self.name, claim, stop)

    def run(self, stop: threading.Event) -> None:
        """Work in one thread until `stop` is set, or there are more threads than needed."""
        self._threads.enter()
        self._loop(stop)

    def _loop(self, stop: threading.Event) -> None:
        while not stop.is_set():
            if self._threads.leave_surplus():
                return
            self._threads.begin()
            try:
                done = self.work_once(stop)
            except BaseException as error:  # noqa: BLE001 - the loop survives any error
                log.error("worker.failed", transport=self.name, **describe(error))  # noqa: TRY400 - it may hold content
                done = 0
            if done == self._context.batch:
                self.wake_all()
            elif not done or not self._queue.has_more:
                self._threads.rest(POLL)
        self._threads.leave()

    def _attempt_all(self, batch: Batch, stop: threading.Event | None) -> None:
        """Attempt each delivery, and record its result before the next is handed over."""
        results_buffer = ResultBuffer(self._context.platform, self._context.leases.lease)
        try:
            with batch.released_on_fault():  # before the rest is recorded, which may take as long as a lease
                for loaded in batch.load():
                    if (stop is not None and stop.is_set()) or self.is_stuck or self._is_leaving(batch):
                        batch.release_waiting()
                    elif batch.start(loaded.claim):
                        with logs.doing(**_ids(loaded)), _traced(self.name, loaded):
                            self._attempt_loaded(batch, loaded, results_buffer, stop)
        finally:
            with self._waiting(batch, stop) as waiting:
                results_buffer.close(waiting)

    def _attempt_loaded(
        self, batch: Batch, loaded: Loaded, results_buffer: ResultBuffer, stop: threading.Event | None
    ) -> None:
        prepared = attempt.prepare(self._context.platform, self._context.faults, loaded)
        if prepared is None:
            return
        if self._windows.enter(loaded.claim.destination):
            self._attempt_in_window(batch, prepared, results_buffer, stop)
        else:
            batch.release(loaded.claim)

    def _is_leaving(self, batch: Batch) -> bool:
        """Tell whether other workers should take the rest of a batch."""
        return batch.is_old or not self._context.is_in_service()

    def _attempt_in_window(
        self, batch: Batch, prepared: attempt.Attempt, results_buffer: ResultBuffer, stop: threading.Event | None
    ) -> None:
        destination = prepared.loaded.claim.destination
        try:
            self._attempt(batch, prepared, results_buffer, stop)
        finally:
            if prepared.late_answer is None:
                self._windows.leave(destination)
            else:
                prepared.late_answer.add_done_callback(partial(self._judge_late, destination))

    def _attempt(
        self, batch: Batch, prepared: attempt.Attempt, results_buffer: ResultBuffer, stop: threading.Event | None
    ) -> None:
        claim, lease = prepared.loaded.claim, self._context.leases.lease
        for _ in range(LEASE_CHECKS):
            asked_at = sources.boottime()
            if not self._begin(batch, claim, results_buffer):
                return
            try:
                result = self._hand_over(batch, prepared, _younger_than(asked_at, lease / 2), stop)
            except attempt.LeaseUncertain:
                log.warning("delivery.slept", delivery=str(claim.id))
                continue
            batch.finish(claim)
            if result:
                results_buffer.add(result)
            return
        batch.finish(claim)
        results.release_claim(self._context.platform, claim)

    @staticmethod
    def _begin(batch: Batch, claim: Claim, results_buffer: ResultBuffer) -> bool:
        """Mark an attempt as begun; if that fails, nothing is handed over, so others may claim the delivery at once."""
        try:
            ours = results_buffer.begin(claim)
        except Unavailable:
            batch.release(claim)
            raise
        if not ours:
            batch.lose(claim)
        return ours

    def _hand_over(
        self, batch: Batch, prepared: attempt.Attempt, ours: Callable[[], bool], stop: threading.Event | None
    ) -> AttemptResult | None:
        """Let the transport send, while another thread continues this one's work; then judge the destination."""
        try:
            with self._waiting(batch, stop) as waiting:
                watch = attempt.Watch(ours, stop, waiting, self._context.leases.lease)
                return attempt.hand_over(self._context.platform, self._context.faults, prepared, watch)
        finally:
            self._judge_destination(prepared)

    @contextmanager
    def _waiting(self, batch: Batch, stop: threading.Event | None) -> Iterator[Callable[[float], None]]:
        """Let the block say that it waits; then another thread continues this one's work until the block ends."""
        waiting = _Waiting(self._threads, batch, partial(self._loop, stop) if stop is not None else None)
        try:
            yield waiting
        finally:
            waiting.end()

    def _judge_destination(self, prepared: attempt.Attempt) -> None:
        claim = prepared.loaded.claim
        if not prepared.storage_errors:
            self._context.faults.note_readable()
        if prepared.storage_errors or prepared.reached is None:
            pass
        elif prepared.reached:
            self._open(claim.destination)
        elif self._windows.fail(claim.destination, claim.id, hangs=prepared.late_answer is not None):
            self._windows.name(claim.destination, self._destination_name(prepared))

    def _judge_late(self, destination: int, answer: Future[Outcome]) -> None:
        if answer.cancelled() or answer.exception() is not None:
            self._windows.leave(destination)
        else:
            self._open(destination)
            self._windows.leave(destination)

    def _open(self, destination: int) -> None:
        reopened = self._windows.succeed(destination)
        if reopened is not None:
            self._context.faults.clear("destination", _subject(self.name, reopened))

    def _destination_name(self, prepared: attempt.Attempt) -> str:
        loaded = prepared.loaded
        mailbox_id = loaded.message.mailbox_id if loaded.message else None
        try:
            with self._context.platform.work(SystemActor(loaded.claim.organisation_id, CORE_NAME)) as work:
                return naming.name_of(work, prepared.transport, mailbox_id, loaded.delivery.recipient)
        except Unavailable as error:  # a missing name must not lose the result of the attempt
            log.warning("transport.no_destination", transport=self.name, **describe(error))
            return ""


class _Waiting:
    """What a lane does while one call is slow, or its result cannot be recorded.

    Args:
        threads: The lane's threads; one more works meanwhile.
        batch: The batch that waits for it.
        loop: What the additional thread runs; None to start none.
    """

    def __init__(self, threads: LaneThreads, batch: Batch, loop: Callable[[], None] | None) -> None:
        self._threads = threads
        self._batch = batch
        self._loop = loop
        self._has_begun = False

    def __call__(self, seconds: float) -> None:
        """React after the given number of seconds: start another thread, later release the batch."""
        if not self._has_begun:
            self._has_begun = True
            self._threads.begin_waiting(self._loop)
        if seconds >= SLOW_SECONDS:
            self._batch.release_waiting()

    def end(self) -> None:
        """Note that the waiting has ended."""
        if self._has_begun:
            self._threads.end_waiting()


def _ids(loaded: Loaded) -> dict[str, str]:
    """Return the ids that identify a delivery in the log."""
    claim, message = loaded.claim, loaded.message
    ids = {"delivery": str(claim.id), "organisation": str(claim.organisation_id)}
    return {**ids, "message": str(message.id)} if message else ids


def _traced(lane: str, loaded: Loaded) -> AbstractContextManager[object]:
    delivery = loaded.delivery
    return tracing.delivery_span("delivery.attempt", delivery.id, transport=lane, attempt=delivery.attempt)


def _subject(lane: str, destination: str) -> str:
    """Return the subject of a destination's fault: the transport, and its name for the destination."""
    return f"{lane} {destination}".rstrip()


def _younger_than(asked_at: float, seconds: timedelta) -> Callable[[], bool]:
    """Return a check that less time than this has passed, including time in which the machine was suspended.

    A monotonic clock stops during suspend, but a lease does not.
    """
    return lambda: sources.boottime() - asked_at < seconds.total_seconds()
