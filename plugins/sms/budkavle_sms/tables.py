"""The plugin's tables, as the migrations create them."""

from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, Uuid

metadata = MetaData()

messages = Table(
    "sms_messages",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),  # the notice's id
    Column("gateway", Text, nullable=False),
    Column("remote_id", Text),  # the gateway's identifier
    Column("handed_at", DateTime(timezone=True), nullable=False),
)

# Of versions before the notices: pending messages are taken over, the rest is swept.
outbox = Table(
    "sms_outbox",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("delivery_id", Uuid),
    Column("sealed", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("gateway", Text, nullable=False),
    Column("remote_id", Text),
    Column("failure", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)

receipts = Table(
    "sms_receipts",
    metadata,
    Column("gateway", Text, primary_key=True),
    Column("remote_id", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("received_at", DateTime(timezone=True), nullable=False),
)

gateways = Table(
    "sms_gateways",
    metadata,
    Column("name", Text, primary_key=True),
    Column("well_at", DateTime(timezone=True)),
    Column("failed_at", DateTime(timezone=True)),
    Column("failure", Text, nullable=False),
)
