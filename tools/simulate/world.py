"""Time, ids and chance of a run, from its seed; and calls of transports, which the process itself makes."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from budkavle.model import sources
from budkavle.model.sources import Sources
from budkavle.operations import jobs, outboxes, worker
from budkavle.operations.leases import Leases
from budkavle.plugins import breakers, calls, walls
from budkavle.storage.key_slots import store
from simulate.scheduling import Died, Process, Scheduler, current, this_process

BEGINS = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
LEASE = timedelta(seconds=20)
"""Shorter than the product's, so that in a minute many expire after another worker has taken over."""
_BEGIN, _GIVE_UP = calls.begin, calls.give_up
"""For threads that are no processes of a run."""


class SimulatedSources(Sources):
    """What the product reads during a run; a host's clock may be wrong, a monotonic clock never is.

    A thread that is no process of the run, such as one that an earlier test has left, gets the machine's own: what it
    took of ids and chance would be missing in the run, by its pace.
    """

    def __init__(self, scheduler: Scheduler, seed: int) -> None:
        self._scheduler = scheduler
        self._judge = threading.get_ident()
        self._ids = Random(f"ids {seed}")  # noqa: S311 - nothing secret
        self._chance = Random(f"chance {seed}")  # noqa: S311

    @property
    def chance(self) -> Random:  # type: ignore[override]
        """What spreads things, from the seed."""
        return self._chance if self._is_ours else Sources.chance

    @property
    def _is_ours(self) -> bool:
        """Whether the thread is a process of the run, or the one that judges it."""
        process = current()
        return process.scheduler is self._scheduler if process else threading.get_ident() == self._judge

    def now(self) -> datetime:
        """Return the time on the host of the process that asks."""
        if not self._is_ours:
            return super().now()
        process = current()
        return BEGINS + timedelta(seconds=self._scheduler.time + (process.skew if process else 0))

    def monotonic(self) -> float:
        """Return seconds since the beginning."""
        return 1_000 + self._scheduler.time if self._is_ours else super().monotonic()

    def boottime(self) -> float:
        """Return seconds since the beginning."""
        return self.monotonic() if self._is_ours else super().boottime()

    def new_id(self) -> UUID:
        """Return the next id."""
        return UUID(int=self._ids.getrandbits(128), version=4) if self._is_ours else super().new_id()

    def pause(self, seconds: float) -> None:
        """Let others run for some seconds."""
        process = current()
        if not self._is_ours:
            super().pause(seconds)
        elif process:
            process.sleep(seconds)


class Call:
    """A call of a transport that has been made already; its answer may come later."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self.answer: Future[Any] = Future()
        self.ended = self
        process = this_process()
        self._process = process
        process.answers_after = None
        self._answer: Callable[[], None]
        try:
            self._answer = partial(self.answer.set_result, function())
        except BaseException as error:  # noqa: BLE001 - as a thread that makes a call keeps it
            if isinstance(error, Died) or process.is_dead:
                raise Died from None
            self._answer = partial(self.answer.set_exception, error)
        after, process.answers_after = process.answers_after, None
        self._ends_at = process.scheduler.time + (after or 0.0)
        self.wait(0)

    def wait(self, seconds: float) -> bool:
        """Wait for the answer, as `threading.Event.wait` does."""
        left = self._ends_at - self._process.scheduler.time
        if left > 0 and seconds > 0:
            self._process.sleep(min(seconds, left))
        if self.is_set() and not self.answer.done():
            self._answer()
        return self.is_set()

    def is_set(self) -> bool:
        """Tell whether the answer is there."""
        return self._ends_at <= self._process.scheduler.time

    def stack(self) -> list[Any]:
        """Return where its thread is: it has none."""
        return []

    def give_up(self) -> bool:
        """Let the answer come in a thread of its own, unless it is there."""
        if self.is_set():
            return False
        scheduler = self._process.scheduler
        name = f"{self._process.name}-late-{len(scheduler.processes)}"
        scheduler.add(name, self._come, self._process.skew, parent=self._process.owner)
        return True

    def _come(self, thread: Process) -> None:
        thread.sleep(self._ends_at - thread.scheduler.time)
        self._answer()


class Calm(threading.Event):
    """Is never set, and waits by the clock of the run."""

    def wait(self, timeout: float | None = None) -> bool:
        """Sleep."""
        this_process().sleep(timeout or 0)
        return False


def _within(seconds: float, owner: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call in the caller's turn; no job and no errand takes longer than it may."""
    if current() is None:
        return calls.call_within(seconds, owner, function, *args, **kwargs)
    try:
        return calls.call(function, *args, **kwargs)
    except BaseException:
        if this_process().is_dead:
            raise Died from None
        raise


class SimulatedLeases(Leases):
    """Leases that no thread renews: no call of a run takes as long as a third of one."""

    @contextmanager
    def hold(self, renew: Callable[[], None]) -> Iterator[None]:
        """Hold nothing."""
        del renew
        yield


def _begin(owner: str, function: Callable[[], Any]) -> Any:
    if current() is None:
        return _BEGIN(owner, function)
    return Call(lambda: calls.call(function))


def _give_up(call: Any) -> bool:
    given_up: bool = call.give_up() if isinstance(call, Call) else _GIVE_UP(call)
    return given_up


@contextmanager
def simulated(scheduler: Scheduler, seed: int) -> Iterator[SimulatedSources]:
    """Let the product read the run's own sources, and make calls of transports in the caller's turn."""
    own = SimulatedSources(scheduler, seed)
    replaced: list[tuple[Any, str, Any]] = [
        (calls, "begin", _begin),
        (calls, "give_up", _give_up),
        *((module, "Leases", SimulatedLeases) for module in (worker, outboxes)),
        *((module, "call_within", _within) for module in (walls, jobs, outboxes)),
        *((module, "monotonic", own.monotonic) for module in (walls, breakers, jobs, store)),
    ]
    before = [(module, name, getattr(module, name)) for module, name, _ in replaced]
    try:
        for module, name, replacement in replaced:
            setattr(module, name, replacement)
        with sources.replaced(own):
            yield own
    finally:
        for module, name, original in before:
            setattr(module, name, original)
