"""The plugin's tables, as the migrations create them."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, MetaData, Table, Text, Uuid

metadata = MetaData()

deliveries = Table(
    "case_system_deliveries",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("way", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("mailbox_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("message_id", Uuid),
    Column("happened_at", DateTime(timezone=True), nullable=False),
    Column("state", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("fault", Text, nullable=False),
    Column("tried_at", DateTime(timezone=True)),
    Column("delivered_at", DateTime(timezone=True)),
    Column("acknowledged_at", DateTime(timezone=True)),
    Column("place", Text, nullable=False),
)

cursors = Table(
    "case_system_cursors",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
