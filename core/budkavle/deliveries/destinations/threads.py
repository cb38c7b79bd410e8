"""The threads of a lane. One that waits for a slow peer is replaced, so that other deliveries continue."""

import threading
from collections.abc import Callable

import structlog

from budkavle.logs import describe

Loop = Callable[[], None]
log = structlog.get_logger("budkavle.operations.worker")


class LaneThreads:
    """Counts the threads of one lane, wakes them, and starts more while some of them wait.

    Args:
        name: The lane's name.
        threads: How many work at the same time.
        most: The most threads, including those that wait for a peer.
    """

    def __init__(self, name: str, threads: int, most: int) -> None:
        self._name = name
        self._threads = threads
        self._most = max(threads, most)
        self._running = 0
        self._waiting = 0
        self._wakes = 0
        self._changed = threading.Condition()
        self._replacements: list[threading.Thread] = []

    def wake(self, count: int = 1) -> None:
        """Wake as many threads as there is work for.

        Args:
            count: How many.
        """
        with self._changed:
            self._wakes = min(self._wakes + count, self._threads)
            self._changed.notify(count)

    def wake_all(self) -> None:
        """Wake all threads."""
        self.wake(self._threads)

    def rest(self, seconds: float) -> None:
        """Wait until there is work, but no longer than this.

        Args:
            seconds: How long.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._wakes > 0, seconds)

    def begin(self) -> None:
        """Record that this thread checks for work, so that it need not be woken for what waits now."""
        with self._changed:
            self._wakes = max(0, self._wakes - 1)

    def enter(self) -> None:
        """Count this thread."""
        with self._changed:
            self._running += 1

    def leave(self) -> None:
        """Stop counting this thread."""
        with self._changed:
            self._running -= 1

    def leave_surplus(self) -> bool:
        """Stop counting this thread if too many work, because waiting threads are back; return whether it must end."""
        with self._changed:
            is_surplus = self._running - self._waiting > self._threads
            self._running -= is_surplus
            return is_surplus

    def begin_waiting(self, loop: Loop | None) -> None:
        """Record that this thread waits for a peer, and start a replacement.

        Args:
            loop: What the replacement runs; it is already counted. None to start none.
        """
        with self._changed:
            self._waiting += 1
            self._replacements = [thread for thread in self._replacements if thread.is_alive()]
            if loop and self._running - self._waiting < self._threads and self._running < self._most:
                thread = threading.Thread(target=loop, name=f"budkavle-lane-{self._name}")
                try:
                    thread.start()
                except RuntimeError as error:  # no more threads; this must not fail the slow call
                    log.warning("worker.no_thread", transport=self._name, **describe(error))
                    return
                self._running += 1
                self._replacements.append(thread)

    def end_waiting(self) -> None:
        """Record that this thread no longer waits."""
        with self._changed:
            self._waiting -= 1

    def join(self) -> None:
        """Wait for the replacement threads."""
        while True:
            with self._changed:
                alive = [thread for thread in self._replacements if thread.is_alive()]
            if not alive:
                return
            for thread in alive:
                thread.join()
