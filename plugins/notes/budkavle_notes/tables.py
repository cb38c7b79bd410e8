"""The plugin's table, as the migration creates it."""

from sqlalchemy import Column, DateTime, MetaData, Table, Text, Uuid

notes = Table(
    "notes_notes",
    MetaData(),
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("file_id", Uuid),
    Column("author_id", Uuid, nullable=False),
    Column("author", Text, nullable=False),
    Column("written_at", DateTime(timezone=True), nullable=False),
    Column("edited_at", DateTime(timezone=True)),
    Column("removed_at", DateTime(timezone=True)),
    Column("removed_by", Text, nullable=False, server_default=""),
)
