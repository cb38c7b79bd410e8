"""Whether the event log would benefit from monthly partitions: the same log as one table, and partitioned.

The product's own functions append to it, read it, and recompute its chain. The limit of each figure is that of the
single table. Then the oldest month is removed: deleted in batches, and detached. ADR 136 is based on this.
"""

import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from uuid import UUID

from bench_sealing import Figure
from bench_stage import SENDER, Stage, stage
from psycopg.errors import LockNotAvailable, ObjectNotInPrerequisiteState, OutOfMemory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from budkavle.identification.refusals.wrong_tries import own_wrong_tries
from budkavle.model.people import Actor
from budkavle.storage.database.connections import NAME
from budkavle.storage.embedded import EmbeddedServer
from budkavle.storage.event_log import EventLog
from budkavle.storage.events.chaining import chain_log
from budkavle.storage.events.search import EventFilter, find_entries
from budkavle.storage.platform import Work
from budkavle.testing import acting

ENTRIES, MONTHS = 2_000_000, 60
APPENDED, ROUNDS, BATCH = 20_000, 30, 5_000
MOST_READERS = 90
KINDS = ["case.viewed", "case.file-opened"]

_MADE = """
FROM (
    SELECT number, now() - (:last - number) * (:months * interval '30.4 days' / :many) AS at,
        md5('person' || number % 20000)::uuid AS person, md5('box' || number % 3000)::uuid AS box,
        md5('case' || number / 40 + number % 7)::uuid AS thing,
        CASE WHEN number % 5000 = 0 THEN 'settings.changed' WHEN number % 3 = 0 THEN 'message.sent'
            ELSE 'case.viewed' END AS kind
    FROM generate_series(cast(:first AS bigint), :last) AS number
) AS made, LATERAL (
    SELECT '{"actor":{"id":"' || person || '","kind":"user","name":"Användare"},"at":"'
        || to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00","facts":{"mailbox":"' || box
        || '"},"kind":"' || kind || '","thing":"' || thing || '"}' AS entry
) AS written ORDER BY number
"""
_LINKED = (
    "INSERT INTO audit_log (organisation_id, number, at, kind, entry, hash)"
    f" SELECT :organisation, number, at, kind, entry, sha256('') {_MADE}"
)
_PENDING = f"INSERT INTO audit_pending (organisation_id, at, kind, entry) SELECT :organisation, at, kind, entry {_MADE}"
_TURN_OVER = """
CREATE UNIQUE INDEX audit_log_by_month ON audit_log (organisation_id, number, at);
ALTER TABLE audit_log DROP CONSTRAINT audit_log_pkey;
ALTER TABLE audit_log RENAME TO audit_log_before;
CREATE TABLE audit_log (LIKE audit_log_before INCLUDING DEFAULTS INCLUDING GENERATED) PARTITION BY RANGE (at);
CREATE UNIQUE INDEX ON audit_log (organisation_id, number, at);
ALTER TABLE audit_log ATTACH PARTITION audit_log_before FOR VALUES FROM (MINVALUE) TO ('infinity');
"""
_INDEXES = (
    "(organisation_id, at DESC)",
    "(organisation_id, kind, at)",
    "(organisation_id, actor_id, at) WHERE actor_id IS NOT NULL",
    "(organisation_id, user_id, at) WHERE user_id IS NOT NULL",
    "(organisation_id, mailbox_id, at) WHERE mailbox_id IS NOT NULL",
    "(organisation_id, thing, at) WHERE thing IS NOT NULL",
)
_MONTHS = """
DO $$
DECLARE
    month date;
BEGIN
    FOR month IN SELECT generate_series(date_trunc('month', min(at)), date_trunc('month', now()), '1 month')
        FROM audit_log_before
    LOOP
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF audit_log FOR VALUES FROM (%L) TO (%L)',
            'audit_log_' || to_char(month, 'YYYY_MM'), month, month + interval '1 month');
    END LOOP;
END $$
"""


def measure(entries: int = ENTRIES, months: int = MONTHS) -> Iterator[Figure]:
    """Yield the figures of a log of a number of entries over a number of months."""
    with tempfile.TemporaryDirectory(prefix="budkavle-bench-") as folder, stage(Path(folder)) as made:
        reader = acting.system(made.installation.organisation(SENDER[0]))
        last = _fill(made, reader.organisation_id, entries, months)
        one = _figures(made, reader, last)
        one["take the oldest month away, s"] = _delete_month(made, reader.organisation_id)
        yield {"name": "partitions, turned over at once", "value": _turn_over(made), "unit": "s"}
        _divide(made)
        many = _figures(made, reader, last)
        many["take the oldest month away, s"] = _detach(made)
    for name, limit in one.items():
        figure: Figure = {"name": f"partitions, {name}", "value": round(many[name], 2), "limit": round(limit, 2)}
        yield figure | {"ratio": round(many[name] / limit, 2) if limit else 0.0}


def _fill(made: Stage, organisation_id: UUID, entries: int, months: int) -> int:
    """Fill the log with entries, without a chain, and return the number of the last one."""
    chain_log(made.platform.database, organisation_id)
    with made.platform.database.owner() as engine, engine.begin() as connection:
        heads = text("SELECT number FROM audit_heads WHERE organisation_id = :organisation")
        first: int = connection.execute(heads, {"organisation": organisation_id}).scalar_one() + 1
        values = {"organisation": organisation_id, "first": first, "last": entries, "months": months, "many": entries}
        connection.execute(text(_LINKED), values)
        moved = text("UPDATE audit_heads SET number = :last WHERE organisation_id = :organisation")
        connection.execute(moved, {"organisation": organisation_id, "last": entries})
    with made.platform.database.owner() as engine, engine.begin() as connection:
        connection.execute(text("ANALYZE audit_log"))
    return entries


def _append(made: Stage, organisation_id: UUID) -> None:
    """Write entries of the last hours, which have not been numbered and chained yet."""
    values = {"organisation": organisation_id, "first": 1, "last": APPENDED, "months": 1, "many": 1_000_000}
    with made.platform.database.owner() as engine, engine.begin() as connection:
        connection.execute(text(_PENDING), values)


def _figures(made: Stage, reader: Actor, last: int) -> dict[str, float]:
    """Return the cost of appending and reading: microseconds and bytes per entry, milliseconds per query, and locks."""
    organisation_id, figures = reader.organisation_id, dict[str, float]()
    _append(made, organisation_id)
    wal = _wal(made)
    begun = time.perf_counter()
    chain_log(made.platform.database, organisation_id)
    figures["numbered and linked, µs an entry"] = (time.perf_counter() - begun) * 1_000_000 / APPENDED
    figures["WAL after a checkpoint, bytes an entry"] = (_wal(made) - wal) / APPENDED
    for name, ask in _questions(last).items():
        figures[f"{name}, ms"] = _least(made, reader, ask)
        figures[f"{name}, locks"] = _locks(made, reader, ask)
    figures["transactions at once that have read it"] = _readers_at_once(made)
    return figures


def _wal(made: Stage) -> float:
    """Let the server write a checkpoint, and return the bytes of WAL written so far."""
    with _server(made).connect() as connection:
        row = connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'").fetchone()
        connection.execute("CHECKPOINT")
    return float(row[0]) if row else 0.0


def _readers_at_once(made: Stage) -> float:
    """Return how many transactions may have read the log before the server has no more room for their locks."""
    with ExitStack() as stack:
        for number in range(MOST_READERS):
            connection = stack.enter_context(closing(_server(made).connect(NAME)))
            connection.execute("BEGIN")
            try:
                connection.execute("SELECT FROM audit_log WHERE thing = 'a case'")
            except OutOfMemory:
                return float(number)
    return float(MOST_READERS)


def _server(made: Stage) -> EmbeddedServer:
    server = made.platform.database.server
    if server is None:
        raise RuntimeError("the stage has a server of its own")
    return server


def _questions(last: int) -> dict[str, Callable[[Work], Any]]:
    """Return the queries of pages and jobs to the log."""
    return {
        "first page": lambda work: find_entries(work, EventFilter()),
        "a person": lambda work: find_entries(work, EventFilter(people=[_id("person7")])),
        "a mailbox": lambda work: find_entries(work, EventFilter(mailboxes=[_id("box7")])),
        "a rare kind": lambda work: find_entries(work, EventFilter(kinds=["settings.changed"])),
        "who has read a case": lambda work: EventLog(work).about([_id("case700")], KINDS),
        "read on by number": lambda work: EventLog(work).read_on(last - 500),
        "own wrong tries": own_wrong_tries,
    }


def _id(word: str) -> UUID:
    """Return an id made from a word as the server does it."""
    return UUID(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest())


def _least(made: Stage, reader: Actor, ask: Callable[[Work], Any]) -> float:
    """Return the lowest time in milliseconds of several rounds, since a busy machine disturbs most of them."""
    took = []
    for _ in range(ROUNDS):
        with made.platform.work(reader) as work:
            begun = time.perf_counter()
            ask(work)
            took.append(time.perf_counter() - begun)
    return min(took) * 1_000


def _locks(made: Stage, reader: Actor, ask: Callable[[Work], Any]) -> float:
    """Return how many locks on tables and indexes of the log the transaction holds."""
    held = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation::regclass::text LIKE 'audit_log%'"
    with made.platform.work(reader) as work:
        ask(work)
        return float(work.connection.execute(text(held)).scalar_one())


def _delete_month(made: Stage, organisation_id: UUID) -> float:
    """Delete the entries of the oldest month in batches, as a job would. Roll back, and return the seconds it took."""
    query = text("DELETE FROM audit_log WHERE organisation_id = :organisation AND number BETWEEN :first AND :last")
    oldest = text(
        "SELECT min(number) AS first, max(number) AS last FROM audit_log WHERE organisation_id = :organisation"
        " AND at < (SELECT min(at) + interval '1 month' FROM audit_log WHERE organisation_id = :organisation)"
    )
    with made.platform.database.owner() as engine, engine.connect() as connection:
        month = connection.execute(oldest, {"organisation": organisation_id}).one()
        begun = time.perf_counter()
        for first in range(month.first, month.last + 1, BATCH):
            batch = {"first": first, "last": min(first + BATCH - 1, month.last)}
            connection.execute(query, {"organisation": organisation_id} | batch)
        took = time.perf_counter() - begun
        connection.rollback()
    return took


def _turn_over(made: Stage) -> float:
    """Make the table the only partition of another one, as a migration would, and return the seconds."""
    begun = time.perf_counter()
    with made.platform.database.owner() as engine, engine.begin() as connection:
        for statement in _TURN_OVER.strip().split(";\n"):
            connection.execute(text(statement.removesuffix(";")))
        for columns in _INDEXES:
            connection.execute(text(f"CREATE INDEX ON audit_log {columns}"))
    return round(time.perf_counter() - begun, 2)


def _divide(made: Stage) -> None:
    """Move the entries to the partitions of their months, and give the working role access as before."""
    with made.platform.database.owner() as engine, engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_log DETACH PARTITION audit_log_before"))
        connection.execute(text(_MONTHS))
        connection.execute(text("CREATE TABLE audit_log_other PARTITION OF audit_log DEFAULT"))
        columns = "organisation_id, number, at, kind, entry, hash"
        connection.execute(text(f"INSERT INTO audit_log ({columns}) SELECT {columns} FROM audit_log_before"))  # noqa: S608 - constants
        connection.execute(text("DROP TABLE audit_log_before"))
    made.platform.database.migrate(made.platform.plugins.migrations())
    with made.platform.database.owner() as engine, engine.begin() as connection:
        connection.execute(text("ANALYZE audit_log"))


def _detach(made: Stage) -> float:
    """Detach the oldest month, while the log has no readers, and return the seconds."""
    first = "SELECT min(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'audit_log'::regclass"
    with made.platform.database.owner() as engine, engine.connect() as reading, engine.connect() as connection:
        name = connection.execute(text(first)).scalar_one()
        connection.rollback()
        reading.execute(text("SELECT FROM audit_log LIMIT 1"))
        _require_waiting(connection, name)
        reading.rollback()
        begun = time.perf_counter()
        connection.execute(text(f"ALTER TABLE audit_log DETACH PARTITION {name}"))
        return time.perf_counter() - begun


def _require_waiting(connection: Connection, name: str) -> None:
    """Require that a month cannot be detached while the log is read, as by a backup. Otherwise ADR 136 is outdated."""
    connection.execution_options(isolation_level="AUTOCOMMIT")
    connection.execute(text("SET lock_timeout = '500ms'"))
    for word, refused in (("", LockNotAvailable), (" CONCURRENTLY", ObjectNotInPrerequisiteState)):
        try:
            connection.execute(text(f"ALTER TABLE audit_log DETACH PARTITION {name}{word}"))
        except DBAPIError as error:
            if not isinstance(error.orig, refused):
                raise
        else:
            raise RuntimeError(f"DETACH PARTITION{word} waits for nobody")


if __name__ == "__main__":
    for figure in measure(*map(int, sys.argv[1:])):
        print(json.dumps(figure, ensure_ascii=False), flush=True)
