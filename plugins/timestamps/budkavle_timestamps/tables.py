"""The plugin's tables, as the migration makes them."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, Uuid

metadata = MetaData()

stamps = Table(
    "timestamps_stamps",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("last", BigInteger, primary_key=True),  # entry of the event log that is under the stamp
    Column("first", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),  # as the authority says
    Column("authority", Text, nullable=False),
    Column("token", LargeBinary, nullable=False),  # the authority's reply as it came; it holds a hash and no content
)
tries = Table(
    "timestamps_tries",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("faults", Integer, nullable=False),  # since the last stamp
    Column("fault", Text, nullable=False),  # the last one's sentence; empty where all is well
    Column("tried_at", DateTime(timezone=True), nullable=False),
)
