"""The tables of readings and of present writers, as the migrations create them."""

from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, Uuid

readings = Table(
    "files_readings",
    MetaData(),
    Column("organisation_id", Uuid, primary_key=True),
    Column("entry_id", Uuid, primary_key=True),
    Column("reader_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("hour", DateTime(timezone=True), primary_key=True),
    Column("reader", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

note_writers = Table(
    "files_note_writers",
    MetaData(),
    Column("organisation_id", Uuid, primary_key=True),
    Column("entry_id", Uuid, primary_key=True),
    Column("user_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
)
