"""The plugin's tables, as the migration creates them."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, Uuid

metadata = MetaData()

stamps = Table(
    "timestamps_stamps",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("last", BigInteger, primary_key=True),  # the last entry of the event log that the stamp covers
    Column("first", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),  # according to the authority
    Column("authority", Text, nullable=False),
    Column("token", LargeBinary, nullable=False),  # the authority's reply as it came; it contains a hash and no content
)
tries = Table(
    "timestamps_tries",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("faults", Integer, nullable=False),  # since the last stamp
    Column("fault", Text, nullable=False),  # the message of the last one; empty if all is well
    Column("tried_at", DateTime(timezone=True), nullable=False),
)
