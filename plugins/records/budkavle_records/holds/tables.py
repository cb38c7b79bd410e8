"""The tables of legal holds, as the migrations create them."""

from sqlalchemy import Column, Date, DateTime, Integer, LargeBinary, MetaData, Table, Text, Uuid

metadata = MetaData()

holds = Table(
    "records_holds",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("scope", Text, nullable=False),
    Column("mailbox_id", Uuid),
    Column("kind_id", Uuid),
    Column("since", Date),
    Column("until", Date),
    Column("ends_on", Date),
    Column("cases", Integer, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("made_by", Text, nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_by", Text, nullable=False),
)

held_cases = Table(
    "records_held_cases",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("hold_id", Uuid, primary_key=True),
    Column("case_id", Uuid, primary_key=True),
)
