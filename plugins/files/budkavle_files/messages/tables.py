"""The table of where files come from, as the migrations make it."""

from sqlalchemy import Column, MetaData, Table, Uuid

origins = Table(
    "files_origins",
    MetaData(),
    Column("organisation_id", Uuid, primary_key=True),
    Column("entry_id", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("message_id", Uuid, nullable=False),
)
