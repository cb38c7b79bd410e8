"""The plugin's tables, as the migrations create them."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, Uuid

metadata = MetaData()

jobs = Table(
    "fax_jobs",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("delivery_id", Uuid),
    Column("state", Text, nullable=False),
    Column("remote_id", Text, nullable=False),
    Column("told", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("sent", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

lines = Table(
    "fax_lines",
    metadata,
    Column("number", Text, primary_key=True),
    Column("organisation_id", Uuid, nullable=False),
    Column("mailbox_id", Uuid, nullable=False),
)

ranges = Table(
    "fax_ranges",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("first", BigInteger, primary_key=True),
    Column("last", BigInteger, nullable=False),
)

contacts = Table(
    "fax_contacts",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("mailbox_id", Uuid, primary_key=True),
    Column("number_hash", LargeBinary, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)

talks = Table(
    "fax_talks",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("mailbox_id", Uuid, primary_key=True),
    Column("number_hash", LargeBinary, primary_key=True),
    Column("conversation_id", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
