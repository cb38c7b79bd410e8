"""Reads what the server answers in an exchange: results, notices in their last columns, and errors."""

from typing import Final

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Ready, Wait

_R: Final = Wait.R
_RW: Final = Wait.RW
_READABLE: Final = Ready.R
_SYNC: Final = ExecStatus.PIPELINE_SYNC


def read_all(pgconn: PGconn, results: list[PGresult]) -> PQGen[None]:
    """Flush what was sent, and read every result up to the end of the exchange, which is left out."""
    while pgconn.flush():
        # The server may stop reading until we have read its answers: read as soon as there is something.
        if (yield _RW) & _READABLE:
            pgconn.consume_input()
    while True:
        while pgconn.is_busy():
            while not (yield _R):
                continue
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:
            if pgconn.status != ConnStatus.OK:
                raise psycopg.OperationalError("The connection to the database was lost.")
        elif result.status == _SYNC:
            return
        else:
            results.append(result)


def notices_of(result: PGresult, width: int) -> list[tuple[str, str]]:
    """Return channels and texts of an answer whose last two of so many columns are called so."""
    cells = ((result.get_value(row, width - 2), result.get_value(row, width - 1)) for row in range(result.ntuples))
    return [(channel.decode(), notice.decode()) for channel, notice in cells if channel and notice]


def error_of(result: PGresult) -> psycopg.Error:
    """Return what a failed result says, as psycopg's error."""
    error = error_from_result(result)
    if error.sqlstate is None:  # not the server's error: it is gone
        return psycopg.OperationalError("The connection to the database was lost.")
    return error
