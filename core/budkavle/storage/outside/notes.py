"""Small notes of the installation, as JSON in the table `installation`."""

from typing import TypeVar

import msgspec
from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from budkavle.storage.tables import installation

N = TypeVar("N")


def has_table(connection: Connection) -> bool:
    """Tell whether the database has been migrated."""
    return connection.execute(select(func.to_regclass(installation.name))).scalar_one() is not None


def load(connection: Connection, name: str, kind: type[N]) -> N | None:
    """Return a note; None if there is none."""
    query = select(installation.c.value).where(installation.c.name == name)
    value: bytes | None = connection.execute(query).scalar_one_or_none()
    return None if value is None else msgspec.json.decode(value, type=kind)


def store(connection: Connection, name: str, note: object, *, replace: bool = True) -> None:
    """Store a note; without `replace`, an existing one is kept."""
    row = insert(installation).values(name=name, value=msgspec.json.encode(note))
    change = row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value})
    connection.execute(change if replace else row.on_conflict_do_nothing())


def change(connection: Connection, name: str, note: object) -> bool:
    """Replace an existing note; tells whether there was one."""
    row = update(installation).where(installation.c.name == name).values(value=msgspec.json.encode(note))
    return bool(connection.execute(row).rowcount)


def remove(connection: Connection, name: str) -> bool:
    """Delete a note; tells whether there was one."""
    return bool(connection.execute(delete(installation).where(installation.c.name == name)).rowcount)
