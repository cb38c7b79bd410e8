"""The table of who writes, as the migrations make it."""

from sqlalchemy import Column, DateTime, MetaData, Table, Text, Uuid

note_writers = Table(
    "files_note_writers",
    MetaData(),
    Column("organisation_id", Uuid, primary_key=True),
    Column("entry_id", Uuid, primary_key=True),
    Column("user_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
)
