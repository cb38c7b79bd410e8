"""Transactions on the pipelining connection, or psycopg's own pipeline: `bench_pipeline.py ours|psycopg FOLDER [N]`.

FOLDER has an embedded server, which is created if missing and left running for the next call (`stop` ends it).
Each transaction resembles one attempt at a delivery: BEGIN with two settings, a query that locks a row, three writes, a
query for a row, two writes, COMMIT. Run both alternately and compare the times of the processes.
"""

import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import namedtuple_row

from budkavle.storage.embedded import EmbeddedServer
from budkavle.storage.pipeline import PipelineConnection, Statement

TABLES = """
DROP TABLE IF EXISTS bench_parcels, bench_events;
CREATE TABLE bench_parcels (
    organisation_id uuid, id uuid, state text, fence bigint, changed_at timestamptz, PRIMARY KEY (organisation_id, id)
);
CREATE TABLE bench_events (
    organisation_id uuid, id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parcel uuid, word text
)
"""
SETTING = """
SELECT set_config('bench.organisation', {organisation}, true) AS organisation,
    set_config('synchronous_commit', 'off', true) AS durable"""
LOCK = "SELECT state, fence, changed_at FROM bench_parcels WHERE organisation_id = {o} AND id = {id} FOR UPDATE"
MOVE = """
UPDATE bench_parcels SET state = {state}, fence = fence + 1, changed_at = now()
WHERE organisation_id = {o} AND id = {id}"""
TELL = "INSERT INTO bench_events (organisation_id, parcel, word) VALUES ({o}, {id}, {word})"
LAST = "SELECT state, fence FROM bench_parcels WHERE organisation_id = {o} AND id = {id}"


def ours(conninfo: str, organisation: UUID, parcels: list[UUID], number: int) -> None:
    """Run them with waiting statements on our connection."""
    pipeline = PipelineConnection.connect(conninfo, autocommit=True)
    connection: Any = SimpleNamespace(connection=SimpleNamespace(driver_connection=pipeline))
    names = {"o": ":o", "id": ":id", "state": ":state", "word": ":word"}
    lock, move, tell, last = (Statement(sql.format_map(names)) for sql in (LOCK, MOVE, TELL, LAST))
    for turn in range(number):
        values = {"o": organisation, "id": parcels[turn % len(parcels)], "state": "sent", "word": "sent"}
        pipeline.begin({"bench.organisation": str(organisation), "synchronous_commit": "off"})
        lock.one(connection, values)
        move.enqueue(connection, values)
        tell.enqueue(connection, values)
        tell.enqueue(connection, values)
        last.one(connection, values)
        tell.enqueue(connection, values)
        move.enqueue(connection, values)
        pipeline.finish()
    pipeline.close()


def theirs(conninfo: str, organisation: UUID, parcels: list[UUID], number: int) -> None:
    """Run the same in psycopg's pipeline mode, with prepared statements."""
    connection = psycopg.connect(conninfo, autocommit=True, prepare_threshold=0, row_factory=namedtuple_row)
    names = {"o": "%(o)s", "id": "%(id)s", "state": "%(state)s", "word": "%(word)s"}
    lock, move, tell, last = (sql.format_map(names) for sql in (LOCK, MOVE, TELL, LAST))
    setting = SETTING.format(organisation="%(organisation)s")
    for turn in range(number):
        values = {"o": organisation, "id": parcels[turn % len(parcels)], "state": "sent", "word": "sent"}
        with connection.pipeline():
            connection.execute("BEGIN", prepare=True)
            connection.execute(setting, {"organisation": str(organisation)})
            connection.execute(lock, values).fetchall()
            connection.execute(move, values)
            connection.execute(tell, values)
            connection.execute(tell, values)
            connection.execute(last, values).fetchall()
            connection.execute(tell, values)
            connection.execute(move, values)
            connection.execute("COMMIT", prepare=True)
    connection.close()


def main(kind: str, folder: str, number: str = "3000") -> None:
    """Measure one of the two."""
    server = EmbeddedServer(Path(folder) / "postgres", durable=False)
    if kind == "stop":
        server.join()
        server.leave()
        return
    organisation, parcels = uuid4(), [uuid4() for _ in range(100)]
    with server.connect() as connection:
        connection.execute(TABLES)
        rows = [(organisation, parcel) for parcel in parcels]
        connection.cursor().executemany("INSERT INTO bench_parcels VALUES (%s, %s, 'new', 0, now())", rows)
    begun, cpu = time.perf_counter(), time.process_time()
    {"ours": ours, "psycopg": theirs}[kind](server.conninfo(), organisation, parcels, int(number))
    wall, used = time.perf_counter() - begun, time.process_time() - cpu
    print(f"{kind}: {wall / int(number) * 1e6:.0f} µs, {used / int(number) * 1e6:.0f} µs of our CPU a transaction")


if __name__ == "__main__":
    main(*sys.argv[1:])
