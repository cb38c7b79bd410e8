"""Small notes of the installation, most of them as JSON, in the table `installation`."""

from typing import TypeVar

import msgspec
from sqlalchemy import Connection, text

from budkavle.storage.pipeline import PipelineConnection, QueryFile, Statement, driver
from budkavle.storage.tables import installation


class _Queries(QueryFile):
    find_table: Statement
    load_note: Statement
    store_note: Statement
    add_note: Statement
    change_note: Statement
    remove_note: Statement


QUERIES = _Queries.load()
N = TypeVar("N")


def has_table(connection: Connection, name: str = installation.name) -> bool:
    """Tell whether the database has been migrated: whether it has this table."""
    return bool(QUERIES.find_table.one(connection, {"name": name}).is_there)


def read(connection: Connection, name: str) -> bytes | None:
    """Return a note as it is stored; None if there is none."""
    values = {"name": name}
    if _is_owners(connection):
        row = connection.execute(text(QUERIES.load_note.text), values).one_or_none()
    else:
        row = QUERIES.load_note.one_or_none(connection, values)
    return None if row is None else row.value


def write(connection: Connection, name: str, value: bytes, *, replace: bool = True) -> None:
    """Store a note as it is; without `replace`, an existing one is kept."""
    statement, values = QUERIES.store_note if replace else QUERIES.add_note, {"name": name, "value": value}
    if _is_owners(connection):
        connection.execute(text(statement.text), values)
    else:
        statement.enqueue(connection, values)


def load(connection: Connection, name: str, kind: type[N]) -> N | None:
    """Return a note; None if there is none."""
    value = read(connection, name)
    return None if value is None else msgspec.json.decode(value, type=kind)


def store(connection: Connection, name: str, note: object, *, replace: bool = True) -> None:
    """Store a note; without `replace`, an existing one is kept."""
    write(connection, name, msgspec.json.encode(note), replace=replace)


def change(connection: Connection, name: str, note: object) -> bool:
    """Replace an existing note; tells whether there was one."""
    return bool(QUERIES.change_note.run(connection, {"name": name, "value": msgspec.json.encode(note)}))


def remove(connection: Connection, name: str) -> bool:
    """Delete a note; tells whether there was one."""
    return bool(QUERIES.remove_note.run(connection, {"name": name}))


def _is_owners(connection: Connection) -> bool:
    """Tell whether it is a connection of the tables' owner, such as that of a restore, which has no queue."""
    return not isinstance(driver(connection), PipelineConnection)
