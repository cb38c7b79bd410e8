"""One way to call what a plugin brings, be it `def` or `async def`, and to wait no longer than one wants.

Coroutines run in one background thread with an event loop of its own, so that an author's clients and pools
live in one loop whoever calls: a worker, a page's thread or the command line.
"""

import asyncio
import contextlib
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from inspect import isawaitable
from traceback import FrameSummary
from typing import Any, ParamSpec, TypeVar, overload

import structlog

from budkavle.logs import describe
from budkavle.model.errors import Unresponsive
from budkavle.plugins.call_threads import MOST_LATE, CallThreads, Task, current_task
from budkavle.plugins.protocols.base import MaybeAsync

P = ParamSpec("P")
T = TypeVar("T")
log = structlog.get_logger("budkavle.plugins.calls")


class Late(Unresponsive):
    """A call has not been answered in time.

    Attributes:
        stack: Where its thread was when nobody waited any longer.
    """

    def __init__(self, plugin: str, seconds: float, stack: Sequence[FrameSummary]) -> None:
        super().__init__(
            "Tillägget {plugin} svarade inte inom {seconds} sekunder. Försök igen.",
            plugin=plugin,
            seconds=f"{seconds:g}",
        )
        self.stack = stack


class Exited(RuntimeError):
    """Plugin code raised what would have ended the thread or the process, such as SystemExit."""


@contextlib.contextmanager
def contained() -> Iterator[None]:
    """Turn what would end more than the plugin's own work into its failure: `Exited`, at the plugin's own line.

    Ctrl-C reaches the main thread alone; there KeyboardInterrupt is the person's, and goes through.
    """
    try:
        yield
    except Exception:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
            raise
        raise Exited(f"{type(error).__name__}({error})").with_traceback(error.__traceback__) from None


@overload
def call(function: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs) -> T: ...


@overload
def call(function: Callable[P, MaybeAsync[T]], *args: P.args, **kwargs: P.kwargs) -> T: ...


def call(function: Callable[P, MaybeAsync[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call and wait for the answer, whether `function` is `def` or `async def`.

    A `def` runs in the caller's thread. Of an `async def` the coroutine runs in the background loop, with the
    caller's context variables.

    Raises:
        RuntimeError: It was called from inside the background loop, where waiting would never end; `await` there.
        Exited: It raised SystemExit or the like.
    """
    with contained():
        answer = function(*args, **kwargs)
        return _wait(answer) if isawaitable(answer) else answer


@overload
def call_within(
    seconds: float, owner: str, function: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs
) -> T: ...


@overload
def call_within(
    seconds: float, owner: str, function: Callable[P, MaybeAsync[T]], *args: P.args, **kwargs: P.kwargs
) -> T: ...


def call_within(
    seconds: float, owner: str, function: Callable[P, MaybeAsync[T]], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Call as `call` does, and wait for the answer no longer than `seconds`.

    The function runs in a daemon thread that is not the caller's, with a copy of the caller's context variables; the
    caller waits. After the deadline a coroutine is cancelled, and a `def` goes on in its thread, left behind: its late
    answer is thrown away, and noted in the log. What it does meanwhile is done all the same, so the caller may not
    take a late call for one that did nothing. A process does not wait for such threads when it ends.

    Whoever has `MOST_LATE` threads left behind is not asked again until one of them ends.

    Never call it inside a transaction that the function is to join (`Database.shared`): that belongs to a thread.

    Args:
        seconds: The deadline.
        owner: Whose function it is, a plugin or a transport: its late threads are counted under that name.
        function: What is called, with what follows.
        args: Its arguments.
        kwargs: Its arguments by name.

    Raises:
        Unresponsive: It has not answered in time (`asked` is True), or its owner has too many threads left behind
            (`asked` is False, and nothing was tried).
        Exited: It raised SystemExit or the like.
    """
    if _THREADS.late(owner) >= MOST_LATE:
        raise Unresponsive("Tillägget {plugin} har slutat svara. Försök igen om en stund.", asked=False, plugin=owner)

    def work() -> T:
        return call(function, *args, **kwargs)

    task = Task(owner, partial(copy_context().run, work))
    _THREADS.give(task)
    try:
        in_time = task.ended.wait(seconds)
    except BaseException:
        _THREADS.leave(task)
        raise
    if in_time or not _THREADS.leave(task):
        return task.answer.result()
    log.error("plugin.late", plugin=owner, seconds=seconds, left_behind=_THREADS.late(owner))
    raise Late(owner, seconds, task.stack())


def begin(owner: str, function: Callable[[], MaybeAsync[T]]) -> Task[T]:
    """Begin a call as `call_within` makes it, and leave the waiting to whoever has more to wait for.

    Its `ended` is set, and its `answer` is there, when it has ended; else it is to be given up by `give_up`.
    """
    task: Task[T] = Task(owner, partial(copy_context().run, partial(call, function)))
    _THREADS.give(task)
    return task


def give_up(task: Task[Any]) -> bool:
    """Stop waiting for a call and leave its thread behind; return False if it has just ended."""
    return _THREADS.leave(task)


def left_behind(owner: str) -> int:
    """Return how many threads of an owner have been left behind and still run."""
    return _THREADS.late(owner)


def _wait(answer: Awaitable[T]) -> T:
    loop = _BACKGROUND.loop()
    if threading.current_thread() is _BACKGROUND.thread:
        _close(answer)
        raise RuntimeError(
            "budkavle.plugins.calls.call waits, and was called from a coroutine of a plugin: await instead"
        )
    future: Future[T] = asyncio.run_coroutine_threadsafe(_as_coroutine(answer), loop)
    if task := current_task():
        task.waits_for(future)
    try:
        return future.result()
    except BaseException:
        future.cancel()  # an interrupted caller leaves nothing running behind
        raise


async def _as_coroutine(answer: Awaitable[T]) -> T:
    try:
        return await answer
    except (SystemExit, KeyboardInterrupt):
        with contained():  # either would end the loop for everybody
            raise
        raise


def _close(answer: Awaitable[Any]) -> None:
    close = getattr(answer, "close", None)
    if close is not None:
        close()


class _Background:
    """The thread and its loop, made at the first need; a forked process makes its own."""

    def __init__(self) -> None:
        self.thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = 0
        self._lock = threading.Lock()

    def loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._process != os.getpid():
                self._start()
            assert self._loop is not None  # noqa: S101 (for the type checker: _start made it)
            return self._loop

    def _start(self) -> None:
        loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=_run, args=(loop,), name="budkavle-calling", daemon=True)
        self._loop, self._process = loop, os.getpid()
        self.thread.start()


def _run(loop: asyncio.AbstractEventLoop) -> None:
    """Run for ever: a task that a plugin began by itself may raise SystemExit, which ends `run_forever`."""
    while True:
        try:
            loop.run_forever()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the loop is everybody's
            log.error("calling.task_failed", **describe(error))  # noqa: TRY400 - the error itself may hold content


_BACKGROUND = _Background()
_THREADS = CallThreads()
