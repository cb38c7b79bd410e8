"""The event log, its seals, and the counts of its days."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Computed,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.types import TypeEngine

from budkavle.storage.tables.columns import at, metadata

_UUID = '^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"'

_NAMED = {
    "actor_id": rf"""CASE WHEN starts_with(entry, '{{"actor":{{"id":"')"""
    rf""" THEN substring(substr(entry, 17, 37), '{_UUID}')::uuid ELSE NULL::uuid END""",
    "user_id": rf"""substring(left(split_part(entry, '"user":"', 2), 37), '{_UUID}')::uuid""",
    "mailbox_id": r"""substring(CASE WHEN kind !~~ 'mailbox.%' THEN left(split_part(entry, '"mailbox":"', 2), 37)"""
    r""" WHEN right(entry, 47) ~~ '"thing":"%"}' THEN left(right(entry, 38), 37) ELSE NULL::text END,"""
    rf""" '{_UUID}')::uuid""",
    "thing": r"""substring(left(split_part(entry, '"thing":"', '-1'::integer), 202), '^([^"\\]+)"\}$')""",
}


def _named(name: str, kind: "type[TypeEngine[Any]]") -> "Column[Any]":
    """Return a column that the server computes from an entry of the event log."""
    return Column(name, kind, Computed(_NAMED[name], persisted=True))


audit_log = Table(
    "audit_log",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("number", BigInteger, nullable=False),
    at("at"),
    Column("kind", Text, nullable=False),
    Column("entry", Text, nullable=False),  # canonical JSON; covered by the hash
    Column("hash", LargeBinary, nullable=False),
    # What the entry names, computed by the server from the entry.
    _named("actor_id", Uuid),
    _named("user_id", Uuid),
    _named("mailbox_id", Uuid),
    _named("thing", Text),
    PrimaryKeyConstraint("organisation_id", "number"),
    Index("audit_log_at", "organisation_id", text("at DESC")),
    Index("audit_log_kind", "organisation_id", "kind", "at"),
    Index("audit_log_actor", "organisation_id", "actor_id", "at", postgresql_where=text("actor_id IS NOT NULL")),
    Index("audit_log_user", "organisation_id", "user_id", "at", postgresql_where=text("user_id IS NOT NULL")),
    Index("audit_log_mailbox", "organisation_id", "mailbox_id", "at", postgresql_where=text("mailbox_id IS NOT NULL")),
    Index("audit_log_thing", "organisation_id", "thing", "at", postgresql_where=text("thing IS NOT NULL")),
)

traces = Table(
    "traces",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("thing", Uuid, nullable=False),
    Column("who", Text, nullable=False),
    at("at"),
    Column("times", Integer, nullable=False, server_default="0"),  # since `at`, if repetitions are counted
    PrimaryKeyConstraint("organisation_id", "kind", "thing", "who"),
)

audit_pending = Table(
    "audit_pending",  # written, but not yet numbered and linked
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", BigInteger, Identity(always=True), nullable=False),
    at("at"),
    Column("kind", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("written_at", DateTime(timezone=True), nullable=False, server_default=text("now()")),
    PrimaryKeyConstraint("organisation_id", "id"),
)

event_days = Table(
    "event_days",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("day", Date, nullable=False),  # in Swedish time
    Column("mailbox_id", Uuid, nullable=False),  # the nil UUID if the entries name none
    Column("what", Text, nullable=False),  # which channel, provider or method; empty if the kind has none
    Column("number", BigInteger, nullable=False),
    PrimaryKeyConstraint("organisation_id", "kind", "day", "mailbox_id", "what"),
    Index("event_days_mailbox", "organisation_id", "mailbox_id", "kind", "day"),
)

event_day_totals = Table(
    "event_day_totals",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("what", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    PrimaryKeyConstraint("organisation_id", "kind", "day", "what"),
)

event_months = Table(
    "event_months",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("month", Date, nullable=False),  # its first day
    Column("mailbox_id", Uuid, nullable=False),
    Column("what", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    PrimaryKeyConstraint("organisation_id", "kind", "month", "mailbox_id", "what"),
    Index("event_months_mailbox", "organisation_id", "mailbox_id", "kind", "month"),
)

audit_heads = Table(
    "audit_heads",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

audit_seals = Table(
    "audit_seals",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    at("at"),
    PrimaryKeyConstraint("organisation_id", "number"),
)
