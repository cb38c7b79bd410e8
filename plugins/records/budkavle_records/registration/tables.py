"""The tables of registration, as the migration creates them."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Text,
    Uuid,
    column,
    func,
    select,
)

metadata = MetaData()

registrations = Table(
    "records_registrations",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("message_id", Uuid, primary_key=True),
    Column("mailbox_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("arrived_at", DateTime(timezone=True), nullable=False),
    Column("late_from", DateTime(timezone=True), nullable=False),
    Column("outcome", Text),
    Column("settled_at", DateTime(timezone=True)),
    Column("settled_by", Text, nullable=False),
    Column("number", LargeBinary),
    Column("number_word", BigInteger),
    Column("about", LargeBinary),
    Column("hides_sender", Boolean, nullable=False),
    Column("hides_about", Boolean, nullable=False),
    Column("gone_at", DateTime(timezone=True)),
)

IS_OPEN = registrations.c.case_id.not_in(select(func.hidden_cases()))
"""The condition that a message's case is not restricted to others than the reader."""


def located(*conditions: ColumnElement[bool]) -> tuple[Select[Any], ColumnElement[UUID]]:
    """Return a query for registrations, and in it the mailbox whose members register: where the case is now.

    Args:
        conditions: Which registrations; only their cases are looked up, so the fewer the quicker.
    """
    cases = select(func.array_agg(registrations.c.case_id)).where(*conditions).correlate(None)
    places = func.moved_cases(cases.scalar_subquery())
    place = places.table_valued(column("case_id", Uuid), column("mailbox_id", Uuid), name="place")
    mailbox_id = func.coalesce(place.c.mailbox_id, registrations.c.mailbox_id)
    columns = [each for each in registrations.c if each.name != "mailbox_id"]
    query = select(*columns, mailbox_id.label("mailbox_id"))
    source = registrations.outerjoin(place, place.c.case_id == registrations.c.case_id)
    return query.select_from(source).where(*conditions), mailbox_id


decisions = Table(
    "records_registration_log",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("message_id", Uuid, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("by_id", Uuid),
    Column("by_name", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("number", LargeBinary),
    Column("about", LargeBinary),
    Column("reason", LargeBinary),
    Column("hides_sender", Boolean, nullable=False),
    Column("hides_about", Boolean, nullable=False),
)

cursors = Table(
    "records_registration_cursors",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("number", BigInteger, nullable=False),
)

reminders = Table(
    "records_registration_reminders",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("mailbox_id", Uuid, primary_key=True),
    Column("day", Date, nullable=False),
    Column("count", Integer, nullable=False),
)
