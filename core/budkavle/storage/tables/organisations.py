"""Organisations: their names, settings and agreements, and the keys under which their content is sealed."""

from sqlalchemy import BigInteger, Column, Date, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from budkavle.storage.tables.columns import at, metadata

organisations = Table(
    "organisations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("settings", JSONB, nullable=False, server_default=text("'{}'")),
    Column("state", Text, nullable=False, server_default="active"),
    at("state_at", nullable=True),  # when the state last changed
    Column("moved_to", Text),  # the address of the installation where it works now
    at("created_at"),
)

settings = Table(
    "settings",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("section", Text, nullable=False),  # PLUGIN.NAME; the core's plugin is `budkavle`
    Column("mailbox_id", Uuid, nullable=False),  # the nil UUID for the organisation itself
    Column("chosen", JSONB, nullable=False),  # by field; secrets sealed
    at("changed_at"),
    PrimaryKeyConstraint("organisation_id", "section", "mailbox_id"),
)

organisation_logos = Table(
    "organisation_logos",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("content", LargeBinary, nullable=False),  # a PNG written by us, in clear: guests see it
    Column("version", Text, nullable=False),
    at("changed_at"),
)

processing_notes = Table(
    "processing_notes",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("activity", Text, nullable=False),  # a row of the register of processing, PLUGIN.NAME
    Column("ground", Text, nullable=False),
    Column("note", Text, nullable=False),
    at("changed_at"),
    PrimaryKeyConstraint("organisation_id", "activity"),
)

usage_months = Table(
    "usage_months",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("month", Date, nullable=False),
    Column("kind", Text, nullable=False),  # users, mailboxes, storage
    Column("peak", BigInteger, nullable=False),
    Column("peak_on", Date, nullable=False),
    Column("counted_on", Date, nullable=False),
    PrimaryKeyConstraint("organisation_id", "month", "kind"),
)

licence_warnings = Table(
    "licence_warnings",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("warning", Text, nullable=False),  # such as `users:100`
    at("told_at"),
    PrimaryKeyConstraint("organisation_id", "warning"),
)

organisation_keys = Table(
    "organisation_keys",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    at("created_at"),
    Column("provider", Text),  # the one that wrapped it; older rows name none
    Column("recovery", LargeBinary),  # the key once more, wrapped for the recovery key
    PrimaryKeyConstraint("organisation_id", "version"),
)
