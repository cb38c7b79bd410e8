"""Numbering and linking the entries of event logs.

An entry is written in the transaction of the action that it records, into a separate table, and waits for nothing. A
worker numbers and links committed entries several times a second; readers of a log do so first, too. Only SQL
functions of the tables' owner may do it. An entry without a number can already be read.
"""

import threading
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import Connection, func, select

from budkavle.logs import describe
from budkavle.model import sources
from budkavle.model.errors import Unavailable
from budkavle.storage.database import Database
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.tables import audit_pending

BATCH: Final = 1_000
"""Entries of one log that are linked in one transaction."""
LOGS_AT_ONCE: Final = 50
PAUSE_SECONDS: Final = 0.3
"""Seconds between two checks of a worker, so that entries are linked in batches."""
RESTS: Final = 10
"""A worker rests at least so many times as long as a check took: old rows that the server keeps make it slow."""
LONGEST_PAUSE_SECONDS: Final = 10.0
FAULT_SECONDS: Final = 2.0
_BUSY: Final = "Händelseloggen är upptagen just nu. Försök igen om en stund."

log = structlog.get_logger("budkavle.storage.events")


class _Queries(QueryFile):
    chain_log: Statement
    list_logs: Statement
    chain_logs: Statement


QUERIES = _Queries.load()


def chain_log(database: Database, organisation_id: UUID) -> None:
    """Number and link everything written to one log until now; call it before reading the log.

    If another process holds the log for longer than half a second, or the database does not answer, the waiting entries
    stay as they are.
    """
    values = {"organisation": organisation_id, "most": BATCH}
    chained = BATCH
    while chained == BATCH:
        try:
            [[row]] = database.at_once(organisation_id, (QUERIES.chain_log, values))
        except Unavailable as error:
            log.warning("events.not_chained", **describe(error))
            return
        chained = row.number


def chain_within(connection: Connection, organisation_id: UUID) -> None:
    """Number and link the waiting entries of one log, including this transaction's own, before the commit.

    For code that must name or sign an entry that it has just written. Nobody else links the log until the transaction
    ends.

    Raises:
        Unavailable: Another process holds the log, or the database does not answer.
    """
    values = {"organisation": organisation_id, "most": BATCH}
    is_chained = True
    while count_waiting(connection, organisation_id):
        was_chained, is_chained = is_chained, bool(QUERIES.chain_log.one(connection, values).number)
        # Nothing to link once may mean that another process has just done it.
        if not was_chained and not is_chained:
            raise Unavailable(_BUSY)


def chain_logs(database: Database) -> bool:
    """Number and link a batch of the waiting entries of each log.

    Returns:
        Whether more may wait in one of them.

    Raises:
        Unavailable: The database does not answer.
    """
    [rows] = database.at_once(None, (QUERIES.list_logs, {}), durable=False)
    logs = [row.organisation_id for row in rows]
    flocks = [logs[first : first + LOGS_AT_ONCE] for first in range(0, len(logs), LOGS_AT_ONCE)]
    return max((_chain_flock(database, flock) for flock in flocks), default=0) == BATCH


def _chain_flock(database: Database, logs: Sequence[UUID]) -> int:
    try:
        [[row]] = database.at_once(None, (QUERIES.chain_logs, {"organisations": list(logs), "most": BATCH}))
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - a log that cannot be linked does not hold up the others
        if len(logs) > 1:
            return max(_chain_flock(database, [one]) for one in logs)
        log.error("events.not_chained", organisation=str(logs[0]), **describe(error))  # noqa: TRY400 - it may hold content
        return 0
    number: int = row.number
    return number


def keep_chaining(database: Database, stop: threading.Event) -> None:
    """Number and link what is written to every log, until `stop` is set; runs in a worker's thread."""
    pause = 0.0
    while not stop.wait(pause):
        began = sources.monotonic()
        try:
            pause = 0.0 if chain_logs(database) else _pause_after(sources.monotonic() - began)
        except Exception as error:  # noqa: BLE001 - readers link too, and the next attempt may succeed
            log.warning("events.not_chained", **describe(error))
            pause = FAULT_SECONDS


def _pause_after(seconds: float) -> float:
    """Return the pause after a check that took this long."""
    return min(max(PAUSE_SECONDS, RESTS * seconds), LONGEST_PAUSE_SECONDS)


def longest_wait(database: Database) -> float:
    """Return for how many seconds the oldest entry of any log has had no number; 0 if none waits."""
    [rows] = database.at_once(None, (QUERIES.list_logs, {}), durable=False)
    return max((float(row.seconds) for row in rows), default=0.0)


def count_waiting(connection: Connection, organisation_id: UUID) -> int:
    """Return how many entries of a log have no number yet."""
    query = select(func.count()).where(audit_pending.c.organisation_id == organisation_id)
    return connection.execute(query).scalar_one()
