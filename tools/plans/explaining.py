"""A plugin of pytest that explains each statement of the product as tests run it, on tables said to be large.

The planner of the tests' databases believes that every table has ROWS rows, all of one organisation, so it chooses as
it would there. Each statement is explained once in a process, with the values, role and settings that it came with.
What was found is added to the file that BUDKAVLE_PLANS names, a line of JSON for each statement.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Literal

from budkavle.storage.pipeline import PipelineConnection
from budkavle.testing.databases import lending
from plans.judging import whole_tables

ROWS = 2_000_000
PAGES = 250_000
"""What reading a table in sequence costs, in pages: each has one page here, which costs as much as all of them."""
DISTINCT = {"organisation_id": 1, "mailbox_id": 3_000, "user_id": 50_000, "holder_id": 50_000, "author_id": 50_000}
"""How many values a column has."""
MANY = {"uuid", "bigint", "bytea", "timestamp with time zone"}
TEXTS = {"remote_id", "conversation_id", "number", "subject", "reference", "sha256", "key"}
SHARE = -0.3
"""How many values other columns of these types and names have, as a share of the rows; below zero by PostgreSQL's rule.

Columns of other types and names have what the planner takes where nothing is known: 200 values.
"""
_PLANNED = re.compile(rb"(?i)\s*(?:--[^\n]*\n\s*)*(?:SELECT|INSERT|UPDATE|DELETE|WITH|MERGE)\b")
_VALUE = rb"(?:\$\d+|%\(\w+\)s)(?:::[\w \[\]]+)?"
_VALUES = re.compile(_VALUE + rb"(?:\s*,\s*" + _VALUE + rb")*")
_OURS = ("budkavle.storage.pipeline", "budkavle.storage.database", "budkavle.storage.paging", "budkavle.testing")
"""Modules of the product that hand on statements of others."""
_TABLES = """\
SELECT relname, pg_relation_filepath(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"""
_COLUMNS = """\
SELECT relname, attname, atttypid::regtype::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE attnum > 0 AND NOT attisdropped AND relkind = 'r' AND relnamespace = 'public'::regnamespace"""
PARTIAL = "SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL"
_LARGE = SQL("""\
SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', {table},
    'relpages', 1::integer, 'reltuples', {rows}::real)""")
_VARIED = SQL("""\
SELECT pg_restore_attribute_stats('schemaname', 'public', 'relname', {table}, 'attname', {column},
    'inherited', false, 'null_frac', 0::real, 'n_distinct', {number}::real)""")


class Explainer:
    """Explains what has not been explained yet in this process, and writes down what it finds.

    Attributes:
        partial: Names of indexes that hold few of their table's rows.
    """

    def __init__(self, file: Path) -> None:
        self.partial: set[str] = set()
        self._file = file
        self._seen: set[bytes] = set()

    def is_new(self, sql: bytes) -> bool:
        """Whether a statement can be explained and has not been; it counts as explained from here on."""
        key = _VALUES.sub(b"?", sql)
        if key in self._seen or not _PLANNED.match(sql):
            return False
        self._seen.add(key)
        return True

    def judge(self, sql: bytes, plan: Any) -> None:
        """Write down a statement that was explained, and which tables it reads from end to end."""
        root = plan[0]["Plan"]
        tables = sorted({*whole_tables(root, self.partial)})
        found = {"at": next(_callers(), "tests"), "tables": tables}
        if tables:
            found |= {"sql": sql.decode(), "plan": root}
        with self._file.open("a") as file:
            file.write(json.dumps(found) + "\n")


def _callers() -> Iterator[str]:
    """The functions of the product that are being run, the innermost first."""
    frame = sys._getframe(2)
    while frame := frame.f_back:  # type: ignore[assignment]
        name = frame.f_globals.get("__name__", "")
        if name.startswith("budkavle") and not name.startswith(_OURS):
            yield f"{name}.{frame.f_code.co_name}"


def enlarge(connection: psycopg.Connection) -> None:
    """Make the planner assume that the tables of a database without other users are large.

    A table that has no page at all is empty for the planner, so each gets one without rows.
    """
    (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
    connection.execute("CHECKPOINT")
    for table, path in connection.execute(_TABLES).fetchall():
        with (Path(folder) / path).open("ab") as file:
            file.write(bytes(8192))
        connection.execute(_LARGE.format(table=Literal(table), rows=Literal(ROWS)))
    for table, column, kind in connection.execute(_COLUMNS).fetchall():
        number = -1 if column == "id" else DISTINCT.get(column, SHARE if kind in MANY or column in TEXTS else 0)
        if number:
            made = _VARIED.format(table=Literal(table), column=Literal(column), number=Literal(number))
            connection.execute(made)


def pytest_configure() -> None:
    """Explain from here on."""
    explainer = Explainer(Path(os.environ["BUDKAVLE_PLANS"]))
    exchange, execute, look = PipelineConnection._exchange, psycopg.Cursor.execute, lending._look

    def looking(name: str, connection: psycopg.Connection) -> Any:
        connection.execute("ALTER SYSTEM SET autovacuum = off")  # it would see how small the tables are
        connection.execute(SQL("ALTER SYSTEM SET seq_page_cost = {}").format(Literal(PAGES)))
        connection.execute("SELECT pg_reload_conf()")
        enlarge(connection)
        explainer.partial.update(index for (index,) in connection.execute(PARTIAL))
        return look(name, connection)

    def exchanging(self: PipelineConnection, queue: Sequence[Any]) -> Any:
        """Send an EXPLAIN before each new statement, and keep its answer."""
        longer: list[Any] = []
        asked: dict[int, bytes] = {}
        for queued in queue:
            (sql, types), values, formats = queued
            if explainer.is_new(sql):
                asked[len(longer)] = sql
                longer.append(((b"EXPLAIN (FORMAT JSON) " + sql, types), values, formats))
            longer.append(queued)
        results = exchange(self, longer)
        for place, sql in asked.items():
            explainer.judge(sql, json.loads(results[place].get_value(0, 0) or b""))
        return [result for place, result in enumerate(results) if place not in asked]

    def executing(self: Any, query: Any, params: Any = None, **more: Any) -> Any:
        """Explain a new statement before it is executed."""
        connection = self.connection
        is_ours = isinstance(connection, PipelineConnection) and isinstance(query, str) and not connection.has_failed
        if is_ours and explainer.is_new(query.encode()):
            cursor = psycopg.Cursor(connection)
            execute(cursor, "EXPLAIN (FORMAT JSON) " + query, params, prepare=False)  # type: ignore[arg-type]
            for (plan,) in cursor:
                explainer.judge(query.encode(), plan)
        return execute(self, query, params, **more)

    lending._look = looking
    PipelineConnection._exchange = exchanging  # type: ignore[method-assign]
    psycopg.Cursor.execute = executing  # type: ignore[method-assign,assignment]
