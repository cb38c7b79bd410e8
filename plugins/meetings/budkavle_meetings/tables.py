"""The plugin's tables, as the migrations create them."""

from sqlalchemy import Boolean, Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

meetings = Table(
    "meetings_meetings",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("mailbox_id", Uuid, nullable=False),
    Column("case_id", Uuid),
    Column("organiser_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("repeats", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Column("changed", JSONB, nullable=False),
    Column("over_at", DateTime(timezone=True), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("cancelled_at", DateTime(timezone=True)),
    Column("is_booked", Boolean, nullable=False),
    Column("request_id", Uuid),
    Column("has_failed", Boolean, nullable=False),
)

participants = Table(
    "meetings_participants",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("meeting_id", Uuid, nullable=False),
    Column("user_id", Uuid),
    Column("token_hash", LargeBinary),
    Column("token", LargeBinary),
    Column("sealed", LargeBinary, nullable=False),
    Column("language", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("loa", Integer, nullable=False),
    Column("identity", LargeBinary),
    Column("state", Text, nullable=False),
    Column("occurrence_at", DateTime(timezone=True)),
    Column("waiting_at", DateTime(timezone=True)),
    Column("admitted_at", DateTime(timezone=True)),
    Column("left_at", DateTime(timezone=True)),
)

attendance = Table(
    "meetings_attendance",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("participant_id", Uuid, primary_key=True),
    Column("came_at", DateTime(timezone=True), primary_key=True),
    Column("meeting_id", Uuid, nullable=False),
    Column("left_at", DateTime(timezone=True)),
)
