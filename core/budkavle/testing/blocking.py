"""Notices what waits in a blocking way in the background loop, where every plugin's `async` methods wait with it."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch


@contextmanager
def blocking_calls() -> Iterator[list[str]]:
    """Gather the names of blocking calls that are made in a running event loop while the block lasts."""
    calls: list[str] = []

    def watched(name: str, function: Callable[..., Any], quick: Callable[..., bool]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if _in_loop() and not quick(*args):
                calls.append(name)
            return function(*args, **kwargs)

        return call

    def never(*args: Any) -> bool:
        return False

    def does_not_wait(connection: socket.socket, *args: Any) -> bool:
        return connection.gettimeout() == 0

    with (
        patch.object(time, "sleep", watched("time.sleep", time.sleep, never)),
        patch.object(socket, "getaddrinfo", watched("socket.getaddrinfo", socket.getaddrinfo, never)),
        patch.object(socket.socket, "connect", watched("socket.connect", socket.socket.connect, does_not_wait)),
    ):
        yield calls


def _in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
