"""The table of absence; its history is in `migrations`."""

from sqlalchemy import Column, LargeBinary, MetaData, Table, Text, Uuid

answered = Table(
    "absence_answered",
    MetaData(),
    Column("organisation_id", Uuid, primary_key=True),
    Column("absence", Text, primary_key=True),
    Column("sender", LargeBinary, primary_key=True),  # a keyed hash, which nobody can test addresses against
)
"""Who has had the reply in an absence, until it ends."""
