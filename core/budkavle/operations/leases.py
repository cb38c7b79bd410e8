"""Renews leases while work takes long, in one thread.

A lease is short, so that the work of a crashed worker is soon claimed by another. What takes longer than a third of it
must be renewed. Where renewing fails, the lease runs out, another worker claims the row, and the fence keeps our late
writes out.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import structlog

from budkavle.logs import describe

log = structlog.get_logger("budkavle.operations.leases")


class Leases:
    """Renews leases, each third of their length, until they are released. `close` ends the thread.

    Args:
        lease: How long a lease lasts when nobody renews it.
    """

    def __init__(self, lease: timedelta) -> None:
        self.lease = lease
        self._held: dict[int, Callable[[], None]] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def hold(self, renew: Callable[[], None]) -> Iterator[None]:
        """Call `renew` each third of the lease while the block lasts."""
        with self._lock:
            self._held[id(renew)] = renew
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="budkavle-leases", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                del self._held[id(renew)]

    def close(self) -> None:
        """End the thread and wait for it."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        pause = self.lease.total_seconds() / 3
        renewed_before: set[int] = set()
        while not self._closed.wait(pause):
            with self._lock:
                held = dict(self._held)
            for key in renewed_before & held.keys():  # what is new has most of its lease left
                _renew(held[key])
            renewed_before = set(held)


def _renew(renew: Callable[[], None]) -> None:
    try:
        renew()
    except Exception as error:  # noqa: BLE001 - the driver's own errors too; the others' leases are renewed all the same
        # The lease may run out; then another worker takes over, and the fence keeps our result out.
        log.warning("lease.not_renewed", **describe(error))
