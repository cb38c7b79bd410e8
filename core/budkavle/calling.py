"""One way to call what a plugin brings, be it `def` or `async def`.

Coroutines run in one background thread with an event loop of its own, so that an author's clients and pools
live in one loop whoever calls: a worker, a page's thread or the command line.
"""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from inspect import isawaitable
from typing import Any, ParamSpec, TypeVar, overload

from budkavle.contracts import MaybeAsync

P = ParamSpec("P")
T = TypeVar("T")


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
    """
    answer = function(*args, **kwargs)
    return _wait(answer) if isawaitable(answer) else answer


def _wait(answer: Awaitable[T]) -> T:
    loop = _BACKGROUND.loop()
    if threading.current_thread() is _BACKGROUND.thread:
        _close(answer)
        raise RuntimeError("budkavle.calling.call waits, and was called from a coroutine of a plugin: await instead")
    future: Future[T] = asyncio.run_coroutine_threadsafe(_as_coroutine(answer), loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()  # an interrupted caller leaves nothing running behind
        raise


async def _as_coroutine(answer: Awaitable[T]) -> T:
    return await answer


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
        self.thread = threading.Thread(target=loop.run_forever, name="budkavle-calling", daemon=True)
        self._loop, self._process = loop, os.getpid()
        self.thread.start()


_BACKGROUND = _Background()
