"""The plugin's tables, as the migrations create them."""

from sqlalchemy import Boolean, Column, DateTime, LargeBinary, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

metadata = MetaData()

clients = Table(
    "message_api_clients",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("mailbox_id", Uuid),
    Column("auth_ids", ARRAY(Text), nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("keys", Text, nullable=False),
    Column("keys_url", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
)

tokens = Table(
    "message_api_tokens",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    Column("client_id", Uuid, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

assertions = Table(
    "message_api_assertions",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

removed = Table(
    "message_api_removed",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("removed_at", DateTime(timezone=True), nullable=False),
)

services = Table(
    "message_api_services",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("url", Text, nullable=False),
    Column("token_url", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("public", Text, nullable=False),
    Column("deletes", Boolean, nullable=False),
    Column("well_at", DateTime(timezone=True)),
    Column("failed_at", DateTime(timezone=True)),
    Column("failure", Text, nullable=False),
)

exchanged = Table(
    "message_api_exchanged",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("direction", Text, primary_key=True),
    Column("remote_id", Text, primary_key=True),
    Column("delivery_id", Uuid),
    Column("step", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
