"""The threads that render pages: the core's, and a few for each plugin, so that a hanging plugin blocks no other."""

import asyncio
import contextlib
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextvars import ContextVar
from functools import partial
from threading import Lock
from typing import Any, ParamSpec, TypeVar

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from budkavle.model.errors import Unavailable
from budkavle.plugins.breakers import Called
from budkavle.plugins.call_threads import CallThreads, Task
from budkavle.plugins.calls import Late, contained
from budkavle.plugins.walls import Walls

P = ParamSpec("P")
T = TypeVar("T")
OWN = 8
"""How many requests of one plugin run in parallel; further requests wait for a free thread."""
WAITING, PATIENCE = 64, 1.5
"""How many requests wait for a plugin's threads, and for how many seconds; then they get 503."""
LONGEST = 120.0
"""Timeout in seconds of a plugin's page; then the request gets 503."""
CALLED = "budkavle.called"
"""The key in a request's state for the plugin part that it calls, until that has failed."""
_plugin: ContextVar[str | None] = ContextVar("plugin", default=None)
"""The plugin whose page is being rendered; None for the core."""


class Owned(ASGIMiddleware):
    """Marks requests to a plugin's routes with the plugin, and treats attempts to exit the process as its failure."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, plugin: str, walls: Walls) -> None:
        self._name = plugin
        self._walls = walls

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let the request through."""
        token = _plugin.set(self._name)
        called = Called(self._name, "routes", str(scope["route_handler"].handler_name))
        scope["state"][CALLED] = called  # Litestar's error handler runs inside this call: `on_error` counts the fault
        try:
            await next_app(scope, receive, send)
        except (SystemExit, KeyboardInterrupt):
            with contained():  # either would end the server
                raise
            raise
        finally:
            _plugin.reset(token)
        if scope["state"].get(CALLED):
            self._walls.recover(called)


class PageThreads(ThreadPoolExecutor):
    """Runs blocking calls, each plugin's in its own daemon threads: a process that exits does not wait for them.

    Args:
        count: The number of threads for the core's pages.
    """

    def __init__(self, count: int) -> None:
        super().__init__(count, "budkavle-page")
        self._calls = CallThreads()
        self._busy: Counter[str] = Counter()
        self._queues: defaultdict[str, deque[Task[Any]]] = defaultdict(deque)
        self._counting = Lock()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a call in a thread of its plugin or of the core; call this in the event loop's thread.

        Raises:
            Unavailable: Too many calls already wait for the plugin's threads. If this call waits and gets no thread in
                time, the future raises it.
        """
        plugin = _plugin.get()
        if plugin is None:
            return super().submit(fn, *args, **kwargs)
        task = Task(plugin, partial(_contained, partial(fn, *args, **kwargs)))
        task.answer.set_running_or_notify_cancel()  # a browser that disconnects does not free the thread
        with self._counting:
            has_place = self._busy[plugin] < OWN
            if has_place:
                self._busy[plugin] += 1
            elif len(self._queues[plugin]) < WAITING:
                self._queues[plugin].append(task)
            else:
                raise _none_free(plugin)
        if has_place:
            self._begin(task)
        else:
            asyncio.get_running_loop().call_later(PATIENCE, self._refuse, task)
        return self._within(task)

    def _within(self, task: Task[T]) -> Future[T]:
        """Return a future with a timeout for the caller; the thread keeps its place until the call really ends."""
        outcome: Future[T] = Future()
        outcome.set_running_or_notify_cancel()
        overdue = asyncio.get_running_loop().call_later(LONGEST, self._give_up, task, outcome)
        task.answer.add_done_callback(lambda answer: _pass_on(answer, outcome))
        outcome.add_done_callback(lambda _: overdue.cancel())
        return outcome

    def _give_up(self, task: Task[T], outcome: Future[T]) -> None:
        """Release the waiting request."""
        if self._calls.leave(task):
            with contextlib.suppress(InvalidStateError):  # it has just ended
                outcome.set_exception(Late(task.owner, LONGEST, task.stack()))

    def _begin(self, task: Task[Any]) -> None:
        task.answer.add_done_callback(lambda _: self._free(task.owner))
        try:
            self._calls.give(task)
        except RuntimeError as error:  # the machine cannot start a thread; the place is free again
            task.answer.set_exception(error)

    def _free(self, plugin: str) -> None:
        """Give a free thread to the request that has waited the longest."""
        with self._counting:
            following = self._queues[plugin].popleft() if self._queues[plugin] else None
            self._busy[plugin] -= following is None
        if following:
            self._begin(following)

    def _refuse(self, task: Task[Any]) -> None:
        """Stop the waiting of a page, if it still waits."""
        with self._counting:
            if task not in self._queues[task.owner]:
                return
            self._queues[task.owner].remove(task)
        task.answer.set_exception(_none_free(task.owner))


def _pass_on(answer: Future[T], outcome: Future[T]) -> None:
    error = answer.exception()
    with contextlib.suppress(InvalidStateError):  # the caller no longer waits
        outcome.set_exception(error) if error else outcome.set_result(answer.result())


def _none_free(plugin: str) -> Unavailable:
    return Unavailable("Sidorna i tillägget {plugin} svarar inte just nu. Försök igen om en stund.", plugin=plugin)


def _contained(work: Callable[[], T]) -> T:
    with contained():
        return work()
