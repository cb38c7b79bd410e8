"""The tables of WebDAV, as the migrations create them."""

from sqlalchemy import Column, DateTime, LargeBinary, MetaData, SmallInteger, Table, Text, Uuid

metadata = MetaData()

passwords = Table(
    "files_passwords",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("loa", SmallInteger, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
)

locks = Table(
    "files_locks",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("token", Text, primary_key=True),
    Column("root", Text, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("scope", Text, nullable=False),
    Column("depth", Text, nullable=False),
    Column("owner", LargeBinary, nullable=False),
    Column("seconds", SmallInteger, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

properties = Table(
    "files_properties",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("entry_id", Uuid, primary_key=True),
    Column("properties", LargeBinary, nullable=False),
)
