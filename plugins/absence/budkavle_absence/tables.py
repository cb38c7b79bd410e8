"""The table of absence; its history is in `migrations`."""

from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, Table, Text, Uuid

metadata = MetaData()
answered = Table(
    "absence_answered",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("absence", Text, primary_key=True),
    Column("sender", LargeBinary, primary_key=True),  # a keyed hash, which nobody can test addresses against
)
"""Who has had the reply in an absence, until it ends."""
places = Table(
    "absence_places",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
"""The last entry of the event log that `missed` has read."""
