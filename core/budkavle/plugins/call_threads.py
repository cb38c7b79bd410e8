"""Threads that run calls, so that callers can stop waiting (see `calls.call_within`)."""

import os
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

import structlog

from budkavle.logs import describe

T = TypeVar("T")
MOST_LATE = 4
"""With this many abandoned threads, an owner is no longer called."""
MOST_IDLE = 16
"""How many threads are kept for later calls; starting one for each call would cost more than many calls do."""
log = structlog.get_logger("budkavle.plugins.calls")


class Task(Generic[T]):
    """One call, run in a thread.

    Args:
        owner: The owner of the function.
        work: The call.
    """

    def __init__(self, owner: str, work: Callable[[], T]) -> None:
        self.owner = owner
        self.work = work
        self.answer: Future[T] = Future()
        self.ended = threading.Event()
        self.is_late = False
        self._thread: int | None = None
        self._waiting: Future[Any] | None = None

    def waits_for(self, future: Future[Any]) -> None:
        """Record what the call waits for now, so that it can be stopped."""
        self._waiting = future
        if self.is_late:
            future.cancel()

    def stop(self) -> None:
        """Stop what the call waits for, if it waits for a coroutine; a function cannot be stopped."""
        if self._waiting:
            self._waiting.cancel()

    def stack(self) -> list[traceback.FrameSummary]:
        """Return where its thread is now, the innermost line last; empty if it has ended."""
        frame = None if self.ended.is_set() else sys._current_frames().get(self._thread or 0)
        return traceback.extract_stack(frame) if frame else []

    def do(self) -> None:
        """Make the call and store its answer, or its exception."""
        self._thread = threading.get_ident()
        try:
            self.answer.set_result(self.work())
        except BaseException as error:  # noqa: BLE001 - raised again when the answer is read
            self.answer.set_exception(error)
            if self.is_late:
                log.warning("plugin.late_failed", plugin=self.owner, **describe(error))


class CallThreads:
    """The threads of a process that run calls, and how many of them have been abandoned, by owner."""

    def __init__(self) -> None:
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        """Start without threads; a forked process does so too, since threads stay in its parent."""
        self._idle: list[_CallThread] = []
        self._late: Counter[str] = Counter()
        self._lock = threading.Lock()

    def late(self, owner: str) -> int:
        """Return how many abandoned threads of an owner still run."""
        return self._late[owner]

    def give(self, task: Task[Any]) -> None:
        """Run a task in a thread."""
        with self._lock:
            thread = self._idle.pop() if self._idle else None
        if thread is None:
            thread = _CallThread(self)
            thread.start()
        thread.tasks.put(task)

    def leave(self, task: Task[Any]) -> bool:
        """Stop waiting for a task; False if it has just ended."""
        with self._lock:
            if task.ended.is_set():
                return False
            self._late[task.owner] += 1
            task.is_late = True
        task.stop()
        return True

    def end(self, task: Task[Any], thread: "_CallThread") -> bool:
        """Record that a task has ended; returns whether its thread should wait for another."""
        with self._lock:
            self._late[task.owner] -= task.is_late
            stays = len(self._idle) < MOST_IDLE
            if stays:
                self._idle.append(thread)
            task.ended.set()
        return stays


class _CallThread(threading.Thread):
    """A thread that runs one task after the other."""

    def __init__(self, threads: CallThreads) -> None:
        super().__init__(name="budkavle-call", daemon=True)
        self.tasks: SimpleQueue[Task[Any]] = SimpleQueue()
        self.task: Task[Any] | None = None
        self._threads = threads

    def run(self) -> None:
        """Run tasks until there are enough idle threads without this one."""
        stays = True
        while stays:
            self.task = task = self.tasks.get()
            task.do()
            self.task = None
            stays = self._threads.end(task, self)
            del task  # an idle thread holds on to nothing


def current_task() -> Task[Any] | None:
    """Return the task of the current thread, if it is one of these threads."""
    thread = threading.current_thread()
    return thread.task if isinstance(thread, _CallThread) else None
