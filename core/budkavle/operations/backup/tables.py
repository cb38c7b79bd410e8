"""The rows of all tables, copied out of one snapshot and into an empty database.

Rows are copied by COPY and not by `pg_dump`: COPY is the same in every version of the server, needs no program and no
role above row-level security, and the migrations create the tables themselves. What is sealed stays sealed.
"""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from budkavle.model.errors import Damaged, Misconfigured
from budkavle.operations.backup.files import PIECE, PackedFile
from budkavle.operations.backup.manifest import TableFile
from budkavle.storage.database import Database
from budkavle.storage.database.migrate import LOCK

FOLDER = "tables"
_TABLES = """
SELECT c.relname, pg_get_userbyid(c.relowner), c.relforcerowsecurity, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND pg_has_role(c.relowner, 'USAGE')
GROUP BY c.oid, c.relname, c.relowner, c.relforcerowsecurity
ORDER BY c.relname
"""
"""The tables of the core and its plugins; other tables in the schema are not ours."""
_SEQUENCES = """
SELECT sequencename::text, last_value FROM pg_sequences
WHERE schemaname = 'public' AND last_value IS NOT NULL AND pg_has_role(sequenceowner, 'USAGE')
"""
_REFERENCES = """
SELECT r.relname, pg_get_userbyid(r.relowner), c.conname, pg_get_constraintdef(c.oid)
FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
WHERE c.contype = 'f' AND r.relnamespace = 'public'::regnamespace AND pg_has_role(r.relowner, 'USAGE')
ORDER BY r.relname, c.conname
"""
_UNREADABLE = "Tabellen {table} i säkerhetskopian går inte att packa upp. Filen har ändrats eller kortats."
_MISSING = "Tabellen {table} i säkerhetskopian finns inte i databasen. Slå på samma tillägg som när den gjordes."


@contextmanager
def snapshot(database: Database) -> Iterator["psycopg.Connection[Any]"]:
    """Read as the owner in one snapshot of all tables, without migrations meanwhile, while the block lasts.

    Raises:
        Misconfigured: This installation has no `database.owner_url`.
    """
    with database.owner() as engine, engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("SELECT pg_advisory_lock_shared(%s)", [LOCK])  # before the snapshot; it ends with the connection
        raw.commit()
        raw.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield raw


def copy_out(connection: "psycopg.Connection[Any]", folder: Path) -> list[TableFile]:
    """Write the rows of each table into a separate file.

    Args:
        connection: The connection from `snapshot`.
        folder: The backup's folder.
    """
    (folder / FOLDER).mkdir(mode=0o700)
    return [_copy_table(connection, folder, name, columns) for name, _, _, columns in _list(connection)]


def read_sequences(connection: "psycopg.Connection[Any]") -> dict[str, int]:
    """Return the last number of each sequence; read after the tables, so that no row has a higher number."""
    return dict(connection.execute(_SEQUENCES).fetchall())


def copy_in(connection: "psycopg.Connection[Any]", folder: Path, tables: Sequence[TableFile]) -> None:
    """Replace all rows with those of a backup, in the transaction of the connection.

    Foreign keys are dropped and triggers disabled meanwhile; foreign keys are checked again at the end.

    Args:
        connection: The owner's, in a transaction.
        folder: The backup's folder.
        tables: From its manifest.

    Raises:
        Damaged: A file cannot be unpacked, or has other rows.
        Misconfigured: The database lacks the table.
    """
    here = {name: (owner, forced) for name, owner, forced, _ in _list(connection)}
    references = connection.execute(_REFERENCES).fetchall()
    for table, owner, name, _ in references:
        _alter(connection, owner, table, SQL("DROP CONSTRAINT {}").format(Identifier(name)))
    for table, (owner, _) in here.items():
        with _as(connection, owner):
            connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))
    for file in tables:
        if file.name not in here:
            raise Misconfigured(_MISSING, table=file.name)
        owner, forced = here[file.name]
        _alter(connection, owner, file.name, SQL("DISABLE TRIGGER USER, NO FORCE ROW LEVEL SECURITY"))
        with _as(connection, owner):
            _fill(connection, folder, file)
        force = SQL(", FORCE ROW LEVEL SECURITY") if forced else SQL("")
        _alter(connection, owner, file.name, SQL("ENABLE TRIGGER USER{}").format(force))
    for table, owner, name, definition in references:
        _alter(connection, owner, table, SQL("ADD CONSTRAINT {} {}").format(Identifier(name), SQL(definition)))


def set_sequences(connection: "psycopg.Connection[Any]", numbers: "dict[str, int]") -> None:
    """Set each sequence to continue after the last number of the backup."""
    for name, number in numbers.items():
        owner = connection.execute(
            "SELECT sequenceowner FROM pg_sequences WHERE schemaname = 'public' AND sequencename = %s", [name]
        ).fetchone()
        if owner is not None:
            with _as(connection, owner[0]):
                connection.execute("SELECT setval(%s::regclass, %s)", [f'public."{name}"', number])


def rows_of(folder: Path, table: TableFile) -> int:
    """Return how many rows a file has; unpacks it completely.

    Raises:
        Damaged: It cannot be unpacked.
    """
    return sum(piece.count(b"\n") for piece in _pieces(folder, table))


def path_of(folder: Path, name: str) -> Path:
    """Return the path of the file with a table's rows."""
    return folder / FOLDER / f"{name}.copy.gz"


def _list(connection: "psycopg.Connection[Any]") -> list[tuple[str, str, bool, list[str]]]:
    return connection.execute(_TABLES).fetchall()


def _copy_table(connection: "psycopg.Connection[Any]", folder: Path, name: str, columns: Sequence[str]) -> TableFile:
    query = SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(_names(columns), Identifier(name))
    with PackedFile(path_of(folder, name)) as file, connection.cursor() as cursor, cursor.copy(query) as copy:
        for piece in copy:
            file.write(bytes(piece))
    return TableFile(name, tuple(columns), file.lines, file.size, file.sha256)


def _fill(connection: "psycopg.Connection[Any]", folder: Path, table: TableFile) -> None:
    query = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table.name), _names(table.columns))
    with connection.cursor() as cursor:
        with cursor.copy(query) as copy:
            for piece in _pieces(folder, table):
                copy.write(piece)
        if cursor.rowcount != table.rows:
            raise Damaged(_UNREADABLE, table=table.name)


def _pieces(folder: Path, table: TableFile) -> Iterator[bytes]:
    try:
        with gzip.open(path_of(folder, table.name)) as file:
            while piece := file.read(PIECE):
                yield piece
    except (OSError, EOFError, zlib.error) as error:
        raise Damaged(_UNREADABLE, table=table.name) from error


def _names(columns: Sequence[str]) -> Composed:
    return SQL(", ").join(map(Identifier, columns))


def _alter(connection: "psycopg.Connection[Any]", owner: str, table: str, change: Composed | SQL) -> None:
    with _as(connection, owner):
        connection.execute(SQL("ALTER TABLE {} {}").format(Identifier(table), change))


@contextmanager
def _as(connection: "psycopg.Connection[Any]", owner: str) -> Iterator[None]:
    """Run the statements in the block as the role that owns the table; plugins have their own roles."""
    connection.execute(SQL("SET LOCAL ROLE {}").format(Identifier(owner)))
    yield
    connection.execute("RESET ROLE")
