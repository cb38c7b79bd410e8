"""What the tables of the core share."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Computed, DateTime, MetaData, Table

metadata = MetaData()
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""In place of NULL where a list is sorted by a moment that may not have come."""
ONCE = ("organisation_id", "transport", "remote_id")
"""The columns by which what comes from outside is known, so that nothing is taken twice."""


def at(name: str, *, nullable: bool = False) -> "Column[object]":
    """A moment."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def slot(sealed: str) -> "Column[Any]":
    """The slot of what a column holds, which the server reads from its first bytes; none for what has none."""
    return Column("slot", BigInteger, Computed(f"sealed_slot({sealed})", persisted=True))


_EXACT_BYTES = frozenset({"wire", "wire_blob", "evidence", "evidence_blob"})


def without_bytes(table: Table) -> "list[Column[Any]]":
    """Return the columns of a table without the exact bytes that went out or came in.

    They are often larger than all the rest: who hands them over or proves something reads them, and nobody else.
    """
    return [column for column in table.c if column.name not in _EXACT_BYTES]
