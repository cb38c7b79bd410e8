"""One way to call a plugin's functions, whether `def` or `async def`, with a timeout.

Coroutines run in one background thread with its own event loop, so that an author's clients and pools live in one
loop, whoever calls: a worker, a page's thread or the command line.
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
        stack: Where its thread was at the timeout.
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
    """Turn an exception that would end the thread or process into the plugin's failure `Exited`, with its traceback.

    Ctrl-C reaches only the main thread; there a KeyboardInterrupt comes from a person, and is not changed.
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

    A `def` runs in the caller's thread. The coroutine of an `async def` runs in the background loop, with the caller's
    context variables.

    Raises:
        RuntimeError: It was called inside the background loop, where it would wait for ever; use `await` there.
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

    The function runs in a separate daemon thread, with a copy of the caller's context variables, while the caller
    waits. After the deadline a coroutine is cancelled. A `def` continues in its thread, abandoned: its late answer is
    discarded and logged. It may still complete its work, so the caller must not assume that a late call did nothing. A
    process does not wait for such threads when it ends.

    An owner with `MOST_LATE` abandoned threads is not called again until one of them ends.

    Never call it inside a transaction that the function should join (`Database.shared`): that belongs to a thread.

    Args:
        seconds: The deadline.
        owner: The owner of the function, a plugin or a transport: its late threads are counted under that name.
        function: The function to call.
        args: Its arguments.
        kwargs: Its arguments by name.

    Raises:
        Unresponsive: It has not answered in time (`asked` is True), or its owner has too many abandoned threads
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
    """Begin a call as `call_within` makes it, for a caller that does the waiting itself.

    When it has ended, its `ended` is set and its `answer` is available; otherwise give it up by `give_up`.
    """
    task: Task[T] = Task(owner, partial(copy_context().run, partial(call, function)))
    _THREADS.give(task)
    return task


def give_up(task: Task[Any]) -> bool:
    """Stop waiting for a call and abandon its thread; return False if it has just ended."""
    return _THREADS.leave(task)


def left_behind(owner: str) -> int:
    """Return how many abandoned threads of an owner still run."""
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
        future.cancel()  # an interrupted caller leaves nothing running
        raise


async def _as_coroutine(answer: Awaitable[T]) -> T:
    try:
        return await answer
    except (SystemExit, KeyboardInterrupt):
        with contained():  # either would end the loop for all callers
            raise
        raise


def _close(answer: Awaitable[Any]) -> None:
    close = getattr(answer, "close", None)
    if close is not None:
        close()


class _Background:
    """The thread and its loop, started when first needed; a forked process starts its own."""

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
    """Run for ever: a task that a plugin has started by itself may raise SystemExit, which ends `run_forever`."""
    while True:
        try:
            loop.run_forever()
        except BaseException as error:  # noqa: BLE001 - whatever it is, all callers need the loop
            log.error("calling.task_failed", **describe(error))  # noqa: TRY400 - the error itself may hold content


_BACKGROUND = _Background()
_THREADS = CallThreads()
