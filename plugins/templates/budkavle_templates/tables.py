"""The plugin's table, as the migration creates it."""

from sqlalchemy import Column, DateTime, LargeBinary, MetaData, Table, Text, Uuid

templates = Table(
    "templates_templates",
    MetaData(),
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("mailbox_id", Uuid),
    Column("user_id", Uuid),
    Column("content", LargeBinary, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("changed_by", Text, nullable=False),
)
