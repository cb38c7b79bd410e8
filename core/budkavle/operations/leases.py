"""Renews leases of long work, in one thread.

A lease is short, so that another worker soon claims the work of a crashed one. Work that takes longer than a third of
the lease must renew it. If renewing fails, the lease expires, another worker claims the row, and the fence rejects our
late writes.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import structlog

from budkavle.logs import describe

log = structlog.get_logger("budkavle.operations.leases")


class Leases:
    """Renews leases at every third of their length until they are released. `close` ends the thread.

    Args:
        lease: How long a lease lasts without renewal.
    """

    def __init__(self, lease: timedelta) -> None:
        self.lease = lease
        self._held: dict[object, Callable[[], None]] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def hold(self, renew: Callable[[], None]) -> Iterator[None]:
        """Call `renew` at every third of the lease while the block lasts."""
        key = object()  # the same function may be held twice
        with self._lock:
            self._held[key] = renew
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="budkavle-leases", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                del self._held[key]

    def close(self) -> None:
        """End the thread and wait for it."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        pause = self.lease.total_seconds() / 3
        renewed_before: set[object] = set()
        while not self._closed.wait(pause):
            with self._lock:
                held = dict(self._held)
            for key in renewed_before & held.keys():  # new ones have most of their lease left
                _renew(held[key])
            renewed_before = set(held)


def _renew(renew: Callable[[], None]) -> None:
    try:
        renew()
    except Exception as error:  # noqa: BLE001 - also the driver's own errors; the other leases must still be renewed
        # The lease may expire; then another worker takes over, and the fence rejects our result.
        log.warning("lease.not_renewed", **describe(error))
