"""The plugin's tables, as the migrations create them."""

from sqlalchemy import Column, DateTime, LargeBinary, MetaData, Table, Text, Uuid

from budkavle_microsoft_apps import token_table

metadata = MetaData()
teams_tokens = token_table("teams_tokens", metadata)

people = Table(
    "teams_people",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("user_id", Uuid, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("fault", Text, nullable=False),
    Column("fault_at", DateTime(timezone=True)),
    Column("told_at", DateTime(timezone=True)),
)

shared_texts = Table(
    "teams_shared_texts",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
