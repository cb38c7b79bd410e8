"""Detects waiting: calls that block the background loop, which all plugins' `async` methods share, and locks."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from budkavle.storage.platform import Platform


@contextmanager
def blocking_calls() -> Iterator[list[str]]:
    """Collect the names of blocking calls in a running event loop during the block."""
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


@contextmanager
def log_held(platform: Platform) -> Iterator[None]:
    """Lock the event log: a transaction that writes an entry waits until the block ends."""
    with platform.database.owner() as engine, engine.begin() as connection:
        connection.exec_driver_sql("LOCK TABLE audit_pending IN ACCESS EXCLUSIVE MODE")
        yield


def until_waiting(platform: Platform, count: int) -> None:
    """Return when this many transactions wait for locks in the database.

    Args:
        platform: The installation.
        count: How many must wait.
    """
    ends = time.monotonic() + 20
    with platform.database.connect() as connection:
        while connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted").rowcount < count:
            if time.monotonic() > ends:
                raise AssertionError(f"fewer than {count} wait")
