"""The plugin's table, as the migrations create it."""

from datetime import UTC, datetime

from sqlalchemy import BigInteger, Column, DateTime, Integer, MetaData, Table, Text, Uuid

metadata = MetaData()

cursors = Table(
    "siem_cursors",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),  # the nil UUID for the installation's own log
    Column("number", BigInteger, nullable=False),  # of the last entry that the receiver has read
    Column("moved_at", DateTime(timezone=True), nullable=False, default=lambda: datetime.now(UTC)),
    Column("faults", Integer, nullable=False, default=0),  # since the last entry that was sent
    Column("fault", Text, nullable=False, default=""),  # the message of the last one; empty if all is well
    Column("fault_at", DateTime(timezone=True)),
)
