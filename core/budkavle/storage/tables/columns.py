"""Definitions that the tables of the core share."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Computed, DateTime, MetaData, Table

metadata = MetaData()
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Instead of NULL in columns that a list is sorted by, for a time that may not have come."""
ONCE = ("organisation_id", "transport", "remote_id")
"""The columns that identify incoming data, so that nothing is received twice."""


def at(name: str, *, nullable: bool = False) -> "Column[object]":
    """Return a column for a time."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


def slot(sealed: str) -> "Column[Any]":
    """Return the column for the slot of a sealed column; the server reads it from the first bytes, NULL if none."""
    return Column("slot", BigInteger, Computed(f"sealed_slot({sealed})", persisted=True))


_EXACT_BYTES = frozenset({"wire", "wire_blob", "evidence", "evidence_blob"})


def without_bytes(table: Table) -> "list[Column[Any]]":
    """Return the columns of a table without the exact bytes that were sent or received.

    They are often larger than all the rest, and are read only for handing over or as proof.
    """
    return [column for column in table.c if column.name not in _EXACT_BYTES]
