"""The plugin's tables, as the migrations create them."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
)

metadata = MetaData()

marks = Table(
    "log_control_marks",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("acts", BigInteger),
    Column("openings", BigInteger),
)

acts = Table(
    "log_control_acts",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("user_id", Uuid, primary_key=True),
    Column("mailbox_id", Uuid, primary_key=True),
    Column("last_at", DateTime(timezone=True), nullable=False),
)

draws = Table(
    "log_control_draws",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("week", Date, primary_key=True),
    Column("seed", LargeBinary, nullable=False),
    Column("openings", BigInteger, nullable=False),
    Column("drawn_at", DateTime(timezone=True)),
)

candidates = Table(
    "log_control_candidates",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("week", Date, primary_key=True),
    Column("pool", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("score", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("reader_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("mailbox_id", Uuid),
)

counts = Table(
    "log_control_counts",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("hits", Integer, nullable=False),
    Column("kept", Integer, nullable=False),
)

items = Table(
    "log_control_items",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("found_at", DateTime(timezone=True), nullable=False),
    Column("reasons", ARRAY(Text), nullable=False),
    Column("reader_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("mailbox_id", Uuid),
    Column("waits", Boolean, nullable=False),
    Column("verdict", Text),
    Column("note", LargeBinary),
    Column("reviewed_by", Text),
    Column("reviewer_id", Uuid),
    Column("reviewed_at", DateTime(timezone=True)),
)
