"""Reads the server's answers of a round trip: results, notices in their last columns, and errors."""

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
    """Flush what was sent, and read every result up to the final sync, which is left out."""
    while pgconn.flush():
        # The server may stop reading until we have read its answers: read whenever data is available.
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
    """Return the channels and texts in the last two of a result's `width` columns."""
    cells = ((result.get_value(row, width - 2), result.get_value(row, width - 1)) for row in range(result.ntuples))
    return [(channel.decode(), notice.decode()) for channel, notice in cells if channel and notice]


def error_of(result: PGresult) -> psycopg.Error:
    """Return a failed result as psycopg's error."""
    error = error_from_result(result)
    if error.sqlstate is None:  # not an error from the server: the connection is gone
        return psycopg.OperationalError("The connection to the database was lost.")
    return error
