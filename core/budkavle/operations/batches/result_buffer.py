"""Results of attempts that are not recorded yet."""

from collections.abc import Callable
from datetime import timedelta

from budkavle.deliveries import results
from budkavle.deliveries.queue import Claim
from budkavle.deliveries.results import AttemptResult
from budkavle.model import sources
from budkavle.storage.outside import ledger
from budkavle.storage.platform import Platform

DURABLE_AFTER = 0.2
"""Seconds after which results are recorded durably although the batch is not done.

A durable commit waits for the disk. Until the next one, a crash of the database server undoes results, and the
deliveries are handed over again with the same bytes.
"""


class ResultBuffer:
    """Results that are not recorded yet; they are recorded when the next attempt begins or at the end of the batch.

    So recording needs no round trip of its own: it shares one with the mark of the next attempt.
    """

    def __init__(self, platform: Platform, lease: timedelta) -> None:
        self._platform = platform
        self._lease = lease
        self._results: list[AttemptResult] = []
        self._since = sources.monotonic()
        self._unsynced = False
        """Whether a result is recorded that a server crash could undo, although it must not be attempted twice."""

    def add(self, result: AttemptResult) -> None:
        """Add a result."""
        self._results.append(result)

    def begin(self, claim: Claim) -> bool:
        """Mark the next attempt as begun; False if the delivery is no longer ours."""
        durable = sources.monotonic() - self._since > DURABLE_AFTER
        if durable:
            ledger.keep()
        ours = results.begin_attempt(self._platform, claim, self._lease, self._results, durable=durable)
        self._unsynced = not durable and (self._unsynced or not all(result.wire_stored for result in self._results))
        self._results = []
        if durable:
            self._since = sources.monotonic()
        return ours

    def close(self, waiting: Callable[[float], None]) -> None:
        """Record the rest.

        Args:
            waiting: Called now and then while they cannot be recorded, with the seconds since the first try.

        Raises:
            Unavailable: The database has not answered for the length of a lease (see `keep_trying`).
        """
        results.keep_trying(self._close, self._lease, waiting)

    def _close(self) -> None:
        ledger.keep()
        durable = self._unsynced or not all(result.wire_stored for result in self._results)
        results.record_results(self._platform, self._results, durable=durable)
