"""The tables of the schedule, as the migrations create them."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, Uuid

metadata = MetaData()

plans = Table(
    "records_plans",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("imported_at", DateTime(timezone=True), nullable=False),
    Column("imported_by", Text, nullable=False),
    Column("kinds", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
)

kinds = Table(
    "records_kinds",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("kind_id", Uuid, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("klass", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("registration", Text, nullable=False),
    Column("storage", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("counts_from", Text, nullable=False),
    Column("days", Integer),
    Column("preserve", Boolean, nullable=False),
    Column("archive_years", Integer),
    Column("secrecy", Text, nullable=False),
    Column("legal_ground", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("remark", Text, nullable=False),
)

mailbox_kinds = Table(
    "records_mailbox_kinds",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("mailbox_id", Uuid, primary_key=True),
    Column("kind_id", Uuid, nullable=False),
    Column("set_at", DateTime(timezone=True), nullable=False),
    Column("set_by", Text, nullable=False),
)

case_kinds = Table(
    "records_case_kinds",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("case_id", Uuid, primary_key=True),
    Column("kind_id", Uuid),
    Column("rule_id", Uuid),
    Column("moment", LargeBinary),
    Column("set_at", DateTime(timezone=True), nullable=False),
    Column("set_by", Text, nullable=False),
)

rules = Table(
    "records_rules",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("mailbox_id", Uuid),
    Column("channel", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("word", Text, nullable=False),
    Column("kind_id", Uuid, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("made_by", Text, nullable=False),
)

marks = Table(
    "records_rule_marks",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("entry_number", BigInteger, nullable=False),
)
