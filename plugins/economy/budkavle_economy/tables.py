"""The plugin's tables, as the migrations create them."""

from sqlalchemy import Column, Date, DateTime, LargeBinary, MetaData, Numeric, Table, Text, Uuid

metadata = MetaData()

prices = Table(
    "economy_prices",
    metadata,
    Column("item", Text, primary_key=True),
    Column("valid_from", Date, primary_key=True),
    Column("price", Numeric(14, 4), nullable=False),
    Column("set_at", DateTime(timezone=True), nullable=False),
    Column("set_by", Text, nullable=False),
)

closings = Table(
    "economy_closings",
    metadata,
    Column("month", Date, primary_key=True),
    Column("closed_at", DateTime(timezone=True), nullable=False),
    Column("closed_by", Text, nullable=False),
)

months = Table(
    "economy_months",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("document", Text, nullable=False),
    Column("sha256", Text, nullable=False),
)

corrections = Table(
    "economy_corrections",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("month", Date, nullable=False),
    Column("booked_in", Date, nullable=False),
    Column("amount", Numeric(14, 2), nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("made_by", Text, nullable=False),
)

reports = Table(
    "economy_reports",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("pdf", LargeBinary, nullable=False),
)
