"""The tables of booked times, as the migrations create them."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Integer, LargeBinary, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import INT8RANGE

metadata = MetaData()

pages = Table(
    "meetings_appointment_pages",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("mailbox_id", Uuid, primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False),
)

appointments = Table(
    "meetings_appointments",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("mailbox_id", Uuid, nullable=False),
    Column("span", INT8RANGE, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("held_until", DateTime(timezone=True), nullable=False),
    Column("token_hash", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("meeting_id", Uuid),
    Column("participant_id", Uuid),
    Column("changes", Integer, nullable=False),
)
