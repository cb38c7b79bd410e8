"""The tables of disposal runs, as the migrations create them."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, LargeBinary, MetaData, Table, Text, Uuid

metadata = MetaData()

runs = Table(
    "records_runs",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("plan_version", Integer, nullable=False),
    Column("judged_on", Date, nullable=False),
    Column("read_to", Uuid),
    Column("read", Integer, nullable=False),
    Column("begun_at", DateTime(timezone=True), nullable=False),
    Column("begun_by", Text, nullable=False),
    Column("reason", LargeBinary),
    Column("approval_id", Uuid),
    Column("asked_at", DateTime(timezone=True)),
    Column("asked_by", Text, nullable=False),
    Column("approved_at", DateTime(timezone=True)),
    Column("approved_by", Text, nullable=False),
    Column("list_sha256", Text, nullable=False),
    Column("ended_at", DateTime(timezone=True)),
)

run_cases = Table(
    "records_run_cases",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("run_id", Uuid, primary_key=True),
    Column("case_id", Uuid, primary_key=True),
    Column("number", Text, nullable=False),
    Column("mailbox_id", Uuid, nullable=False),
    Column("kind_id", Uuid),
    Column("outcome", Text, nullable=False),
    Column("held_by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("messages", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
)

protocols = Table(
    "records_protocols",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("run_id", Uuid, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("pdf", LargeBinary, nullable=False),
    Column("sha256", Text, nullable=False),
)
