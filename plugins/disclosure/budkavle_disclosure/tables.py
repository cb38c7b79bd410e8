"""The plugin's tables, as the migrations create them."""

from sqlalchemy import ARRAY, Boolean, Column, Date, DateTime, Integer, LargeBinary, MetaData, Table, Text, Uuid

metadata = MetaData()

lists = Table(
    "disclosure_lists",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("name", LargeBinary, nullable=False),
    Column("mailboxes", ARRAY(Uuid), nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("made_by", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("changed_by", Text, nullable=False),
)

list_rows = Table(
    "disclosure_list_rows",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("list_id", Uuid, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("message_id", Uuid, nullable=False),
    Column("masks", LargeBinary),
    Column("judged", Boolean, nullable=False),
)

requests = Table(
    "disclosure_requests",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("received_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("person", LargeBinary),
    Column("selection", LargeBinary),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("made_by", Text, nullable=False),
    Column("file_id", Uuid),
    Column("file_until", DateTime(timezone=True)),
    Column("downloads_left", Integer, nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("texts_after", Uuid),
    Column("texts_read", Integer, nullable=False),
    Column("unread_files", Integer, nullable=False, default=0),
    Column("texts_found", LargeBinary),
    Column("texts_done_at", DateTime(timezone=True)),
)
