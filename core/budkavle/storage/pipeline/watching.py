"""Timeouts for a server that does not answer, or does not answer the COMMIT."""

from collections.abc import Sized
from typing import Final, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.pq.abc import PGconn

from budkavle.storage.pipeline.abandoned import Abandoned
from budkavle.storage.pipeline.probe import answers

RV = TypeVar("RV")
TICK: Final = 0.1
"""Seconds after which psycopg's wait yields without news (psycopg's own interval)."""
_SILENT_TICKS: Final = 8
"""Ticks without an answer until the server is probed; the next probe comes after twice as many, and so on."""


class NoAnswer(psycopg.OperationalError):
    """The server has not answered, and a probe on a new socket was not answered either."""


class InDoubt(psycopg.OperationalError):
    """The changes may be stored or not, or only at the primary: the answer to COMMIT is missing or does not tell."""


def watched(pgconn: PGconn, gen: PQGen[RV]) -> PQGen[RV]:
    """Wait for the server like a generator of psycopg, unless it turns out to be silent.

    Args:
        pgconn: The connection; it is closed if the server is silent.
        gen: The generator.

    Raises:
        NoAnswer: It has not answered for a while, and does not answer a probe.
    """
    ticks, limit, silent = 0, _SILENT_TICKS, False
    try:
        wait_for = next(gen)
        while True:
            ready = yield wait_for
            if ready:
                ticks, limit, silent = 0, _SILENT_TICKS, False
            elif silent:
                _close(pgconn, gen)
                raise NoAnswer("The database does not answer.")
            elif (ticks := ticks + 1) >= limit:
                limit *= 2
                # The answer may have come during the probe, so one more tick decides.
                silent = not answers(pgconn)
            wait_for = gen.send(ready)
    except StopIteration as end:
        value: RV = end.value
        return value


def timed(
    pgconn: PGconn, gen: PQGen[RV], most_ticks: int, results: Sized, before: int, abandoned: Abandoned
) -> PQGen[RV]:
    """Wait for the answer to COMMIT like a generator of psycopg, but with a timeout.

    Args:
        pgconn: The connection; it is closed at the timeout. It is not cancelled now: if a COMMIT waits for the standby,
            the server cancels only that wait, and reports success.
        gen: The generator.
        most_ticks: The timeout.
        results: The answers so far.
        before: How many answers come before that to COMMIT; the timeout begins after them.
        abandoned: Where it is added as one that the server may continue to wait for.

    Raises:
        InDoubt: It timed out.
    """
    ticks = 0
    try:
        wait_for = next(gen)
        while True:
            ready = yield wait_for
            ticks = ticks + 1 if len(results) >= before and not ready else 0
            if ticks >= most_ticks:
                abandoned.add(pgconn)
                _close(pgconn, gen)
                raise InDoubt("The COMMIT is not answered in time.")
            wait_for = gen.send(ready)
    except StopIteration as end:
        value: RV = end.value
        return value


def _close(pgconn: PGconn, gen: PQGen[RV]) -> None:
    gen.close()
    pgconn.finish()
