"""The tables of registration, as the migration creates them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
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
