"""The threads that make pages: the core's, and a few for each plugin's, so that one that hangs takes no other's."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from functools import partial
from threading import Lock
from typing import ParamSpec, TypeVar

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from budkavle.calling import contained
from budkavle.errors import Unavailable
from budkavle.hands import Hands, Task

P = ParamSpec("P")
T = TypeVar("T")
OWN = 8
"""So many pages of one plugin are made at the same time; whoever asks for more is told to come back."""
_plugin: ContextVar[str | None] = ContextVar("plugin", default=None)
"""Whose page is being made; None is the core's."""


class Owned(ASGIMiddleware):
    """Marks the requests to a plugin's routes as that plugin's, and what ends the process as its failure."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, plugin: str) -> None:
        self._name = plugin

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let the request through."""
        token = _plugin.set(self._name)
        try:
            await next_app(scope, receive, send)
        except (SystemExit, KeyboardInterrupt):
            with contained():  # either would end the server
                raise
            raise
        finally:
            _plugin.reset(token)


class PageThreads(ThreadPoolExecutor):
    """Runs what waits, each plugin's in daemon threads of its own: a process that ends does not wait for them.

    Args:
        count: How many the core's pages have.
    """

    def __init__(self, count: int) -> None:
        super().__init__(count, "budkavle-page")
        self._hands = Hands()
        self._busy: Counter[str] = Counter()
        self._counting = Lock()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run it for whoever asks.

        Raises:
            Unavailable: It is a plugin's, and all of that one's threads are taken.
        """
        plugin = _plugin.get()
        if plugin is None:
            return super().submit(fn, *args, **kwargs)
        with self._counting:
            if self._busy[plugin] >= OWN:
                raise Unavailable(
                    "Sidorna i tillägget {plugin} svarar inte just nu. Försök igen om en stund.", plugin=plugin
                )
            self._busy[plugin] += 1
        task = Task(plugin, partial(_contained, partial(fn, *args, **kwargs)))
        task.answer.set_running_or_notify_cancel()  # whose browser goes away does not free the thread
        task.answer.add_done_callback(lambda _: self._free(plugin))
        self._hands.give(task)
        return task.answer

    def _free(self, plugin: str) -> None:
        with self._counting:
            self._busy[plugin] -= 1


def _contained(work: Callable[[], T]) -> T:
    with contained():
        return work()
