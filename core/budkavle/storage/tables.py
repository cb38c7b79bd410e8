"""The tables of the core. Every table that belongs to an organisation has its id first in its keys.

`SHARED` are the few without row-level security: the register of organisations (names only), flows before anybody
is known, and the schedule. Everything else is behind a policy that compares `organisation_id` with the
transaction's own organisation (see `database`).
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    Index,
    Integer,
    Interval,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine

metadata = MetaData()
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""In place of NULL where a list is sorted by a moment that may not have come."""


def _at(name: str, *, nullable: bool = False) -> "Column[object]":
    return Column(name, DateTime(timezone=True), nullable=nullable)


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
    """A column that the server computes from an entry of the event log."""
    return Column(name, kind, Computed(_NAMED[name], persisted=True))


def _slot(sealed: str) -> "Column[Any]":
    """The slot of what a column holds, which the server reads from its first bytes; none for what has none."""
    return Column("slot", BigInteger, Computed(f"sealed_slot({sealed})", persisted=True))


_LISTED = "has_incoming OR trouble"
_ONCE = ("organisation_id", "transport", "remote_id")
_PARKED = "state IN ('SEND_FAILURE', 'NOT_FOUND', 'REJECTED')"


def _folder(name: str, *columns: str, where: str) -> Index:
    """Index a folder of the inbox in the folder's order, so that a page costs the same at any size."""
    latest_first = (text("active_at DESC"), text("id DESC"))
    return Index(name, "organisation_id", "mailbox_id", *columns, *latest_first, postgresql_where=text(where))


organisations = Table(
    "organisations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("settings", JSONB, nullable=False, server_default=text("'{}'")),
    Column("state", Text, nullable=False, server_default="active"),
    _at("state_at", nullable=True),  # when the state last changed
    _at("created_at"),
)

settings = Table(
    "settings",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("section", Text, nullable=False),  # PLUGIN.NAME; the core's plugin is `budkavle`
    Column("mailbox_id", Uuid, nullable=False),  # the nil UUID for the organisation itself
    Column("chosen", JSONB, nullable=False),  # by field; secrets sealed
    _at("changed_at"),
    PrimaryKeyConstraint("organisation_id", "section", "mailbox_id"),
)

organisation_logos = Table(
    "organisation_logos",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("content", LargeBinary, nullable=False),  # a PNG that we have written, in clear: guests see it
    Column("version", Text, nullable=False),
    _at("changed_at"),
)

processing_notes = Table(
    "processing_notes",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("activity", Text, nullable=False),  # a row of the register of processing, PLUGIN.NAME
    Column("ground", Text, nullable=False),
    Column("note", Text, nullable=False),
    _at("changed_at"),
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
    _at("told_at"),
    PrimaryKeyConstraint("organisation_id", "warning"),
)

organisation_keys = Table(
    "organisation_keys",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    _at("created_at"),
    PrimaryKeyConstraint("organisation_id", "version"),
)

users = Table(
    "users",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("email", Text, nullable=False, unique=True),  # lower case; the way in, so unique everywhere
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False, server_default="sv"),
    Column("role", Text, nullable=False, server_default="user"),
    Column("password_hash", Text),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("preferences", JSONB, nullable=False, server_default=text("'{}'")),  # signature, automatic answer ...
    _at("created_at"),
    _at("password_until", nullable=True),  # of a password that is to be changed when it is used
    _at("ended_at", nullable=True),  # when every session was ended; what was begun before is worth nothing
    Column("source", Text, nullable=False, server_default=""),  # the plugin whose directory keeps it, or none
    Column("signed_in_at", DateTime(timezone=True), nullable=False, server_default=text(f"'{NEVER.isoformat(' ')}'")),
    _at("blocked_until", nullable=True),  # too many wrong tries to sign in have been made
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("users_open", "organisation_id", postgresql_where=text("active")),
    Index("users_installation", "organisation_id", postgresql_where=text("role = 'platform'")),
    Index("users_name", "organisation_id", "name", "id"),
    Index("users_role", "organisation_id", "role", "name", "id"),
    Index("users_signed_in", "organisation_id", "signed_in_at", "id"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),  # one for each: a new one takes the place of the old
    Column("hash", LargeBinary, nullable=False),  # of the secret in the link
    Column("invited_by", Uuid),  # none where a part of the system did
    _at("sent_at"),
    _at("expires_at"),
    PrimaryKeyConstraint("organisation_id", "user_id"),
    Index("invitations_hash", "organisation_id", "hash", unique=True),
)

mailboxes = Table(
    "mailboxes",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("owner_id", Uuid),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default="sv"),
    Column("transports", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("is_default", Boolean, nullable=False, server_default=text("false")),
    Column("needs_approval", Boolean, nullable=False, server_default=text("false")),  # of what is sent from it
    _at("created_at"),
    _at("deleted_at", nullable=True),
    _at("destroyed_at", nullable=True),  # some time after it was deleted, when nothing is left in it
    PrimaryKeyConstraint("organisation_id", "id"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("mailbox_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("administrator", Boolean, nullable=False, server_default=text("false")),
    # A delegate in somebody's own inbox: until when, and from when messages are seen.
    _at("until", nullable=True),
    _at("since", nullable=True),
    Column("may_answer", Boolean, nullable=False, server_default=text("true")),
    Column("favourite", Boolean, nullable=False, server_default=text("false")),  # always in the user's navigation
    PrimaryKeyConstraint("organisation_id", "mailbox_id", "user_id"),
    Index("memberships_user", "organisation_id", "user_id"),
)

cases = Table(
    "cases",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("mailbox_id", Uuid, nullable=False),
    Column("number", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("state_before_bin", Text),
    Column("holder_id", Uuid),
    Column("conversation_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("has_incoming", Boolean, nullable=False),
    Column("has_outgoing", Boolean, nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("loa", Integer, nullable=False, server_default="0"),  # the highest of the messages that came in
    Column("attachments", Integer, nullable=False),
    Column("messages", Integer, nullable=False),
    Column("incoming", Integer, nullable=False, server_default="0"),  # visible incoming messages; see `reads.seen`
    Column("last_message_id", Uuid),  # whose head part shows in the list
    Column("trouble", Boolean, nullable=False, server_default=text("false")),  # "Behöver åtgärd"
    Column("words", ARRAY(BigInteger), nullable=False, server_default=text("'{}'")),  # keyed hashes, see `search`
    _at("opened_at"),
    _at("active_at"),
    _at("closed_at", nullable=True),
    _at("binned_at", nullable=True),
    PrimaryKeyConstraint("organisation_id", "id"),
    _folder("cases_list", "state", where=_LISTED),
    _folder("cases_untaken", "state", where=f"({_LISTED}) AND holder_id IS NULL"),
    _folder("cases_held", "state", "holder_id", where=f"({_LISTED}) AND holder_id IS NOT NULL"),
    _folder("cases_channel", "state", "channel", where=_LISTED),
    _folder("cases_trouble", where="trouble"),
    Index("cases_conversation", "organisation_id", "conversation_id"),
    Index("cases_number", "organisation_id", "number"),
    _folder("cases_active", where="messages > 0 AND state <> 'binned'"),
)

# Which cases have a word, kept by a trigger on `cases.words`. The index on that array itself is of no use: a policy's
# condition must be judged before any operator that might leak a row, and that an array contains something may.
case_words = Table(
    "case_words",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("word", BigInteger, nullable=False),
    Column("mailbox_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    PrimaryKeyConstraint("organisation_id", "word", "mailbox_id", "case_id"),
)

case_events = Table(
    "case_events",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("id", BigInteger, nullable=False, autoincrement=True),
    _at("at"),
    Column("user_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'")),
    PrimaryKeyConstraint("organisation_id", "case_id", "id"),
)

reads = Table(
    "reads",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("seen", Integer, nullable=False, server_default="0"),  # unread while less than `cases.incoming`
    _at("at"),  # when the opening was last recorded in the event log
    PrimaryKeyConstraint("organisation_id", "user_id", "case_id"),
)

counters = Table(
    "counters",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", BigInteger, nullable=False),
    PrimaryKeyConstraint("organisation_id", "name"),
)

messages = Table(
    "messages",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("mailbox_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("direction", Text, nullable=False),
    Column("transport", Text, nullable=False),
    Column("state", Text),
    Column("conversation_id", Text, nullable=False),
    Column("remote_id", Text),
    Column("ref_to", Text),
    Column("author_id", Uuid),
    Column("confidential", Boolean, nullable=False),
    Column("loa", Integer, nullable=False, server_default="0"),  # what its reader must reach
    Column("reply_allowed", Boolean, nullable=False, server_default=text("true")),
    Column("attachments", Integer, nullable=False),
    Column("warned", Boolean, nullable=False, server_default=text("false")),  # came with warnings
    Column("sender_check", Text),  # what the address books said of its sender, where they were asked
    Column("head", LargeBinary, nullable=False),  # sealed JSON: what a list shows
    Column("body", LargeBinary, nullable=False),  # sealed JSON: the rest
    Column("evidence", LargeBinary),  # sealed: the bytes as they came, where they are small
    Column("evidence_blob", Text),
    _at("created_at"),
    # From when its days are counted, by the database's clock; see the migration.
    Column("kept_from", DateTime(timezone=True), nullable=False, server_default=text("message_clock()")),
    _at("destroyed_at", nullable=True),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index(
        "messages_kept",
        "organisation_id",
        "mailbox_id",
        "kept_from",
        "id",
        postgresql_where=text("destroyed_at IS NULL"),  # and not the state: what an index knows costs each change
    ),
    Index("messages_case", "organisation_id", "case_id", "created_at"),
    Index("messages_sent", "organisation_id", "mailbox_id", "direction", text("created_at DESC"), text("id DESC")),
    Index(
        "messages_unchecked",
        "organisation_id",
        "transport",
        "created_at",
        postgresql_where=text("sender_check = 'unchecked'"),
    ),
    Index("messages_once", *_ONCE, unique=True, postgresql_where=text("direction = 'in'")),
)

content_keys = Table(
    "content_keys",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("owner_id", Uuid, nullable=False),  # a message or an attachment
    Column("part", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("slot", BigInteger),  # its number in the key store; none where it was sealed before there were slots
    PrimaryKeyConstraint("organisation_id", "owner_id", "part"),
    Index("content_keys_unslotted", "organisation_id", "owner_id", postgresql_where=text("slot IS NULL")),
)

doomed_slots = Table(
    "doomed_slots",
    metadata,
    Column("slot", BigInteger, primary_key=True, autoincrement=False),
    Column("doomed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("generation", BigInteger),  # of the key store in which it was destroyed
    Column("destroyed_at", DateTime(timezone=True)),
    Index("doomed_slots_waiting", "slot", postgresql_where=text("destroyed_at IS NULL")),
)

attachments = Table(
    "attachments",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("message_id", Uuid),  # none while it is only uploaded
    Column("uploaded_by", Uuid),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("name", LargeBinary, nullable=False),  # sealed
    Column("content_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("blob", Text, nullable=False),
    _at("created_at"),
    _at("kept_until", nullable=True),  # of an upload that waits for something, such as an approval
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("attachments_message", "organisation_id", "message_id", "position"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("message_id", Uuid),
    Column("case_id", Uuid),
    Column("purpose", Text, nullable=False),
    Column("transport", Text, nullable=False),
    Column("recipient", LargeBinary, nullable=False),  # sealed
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    _at("begun_at", nullable=True),  # when its handing over began, while it is under way
    Column("crashes", Integer, nullable=False, server_default="0"),  # workers that have ended in the middle of it
    _at("due_at"),
    _at("lease_until", nullable=True),
    Column("remote_id", Text),
    Column("failure", Text, nullable=False, server_default=""),
    Column("wire", LargeBinary),  # sealed: the exact bytes, where they are small
    Column("wire_blob", Text),
    Column("terms", LargeBinary),  # sealed: what this recipient must show, see `messages.Terms`
    _at("notified_at", nullable=True),
    _at("opened_at", nullable=True),
    _at("answered_at", nullable=True),
    _at("downloaded_at", nullable=True),
    Column("identified_by", Text, nullable=False, server_default=""),  # the method at the opening
    Column("identified_loa", Integer, nullable=False, server_default="0"),
    _at("created_at"),
    _at("changed_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("deliveries_message", "organisation_id", "message_id"),
    Index(
        "deliveries_due",
        "due_at",
        postgresql_where=text("state IN ('READY_TO_SEND', 'WAITING_FOR_RETRY', 'SEND_IN_PROGRESS')"),
    ),
    Index(
        "deliveries_new",
        "transport",
        "due_at",
        "id",
        postgresql_where=text("state = 'READY_TO_SEND' OR (state = 'WAITING_FOR_RETRY' AND attempt = 0)"),
    ),
    Index(
        "deliveries_again",
        "transport",
        "due_at",
        "id",
        postgresql_where=text("state = 'SEND_IN_PROGRESS' OR (state = 'WAITING_FOR_RETRY' AND attempt > 0)"),
    ),
    Index("deliveries_remote", *_ONCE),
    Index(
        "deliveries_waiting",
        "organisation_id",
        "transport",
        "changed_at",
        postgresql_where=text("purpose = 'message' AND state = 'WAITING_FOR_RECEIPT'"),
    ),
    Index("deliveries_parked", "organisation_id", "transport", postgresql_where=text(_PARKED)),
)

delivery_events = Table(
    "delivery_events",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("delivery_id", Uuid, nullable=False),
    Column("id", BigInteger, nullable=False, autoincrement=True),
    _at("at"),
    Column("state", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("organisation_id", "delivery_id", "id"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("delivery_id", Uuid),  # none where it fits nothing we sent
    Column("transport", Text, nullable=False),
    Column("remote_id", Text, nullable=False),
    Column("receipt_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("applied", Boolean, nullable=False),
    Column("reasons", JSONB, nullable=False, server_default=text("'[]'")),
    Column("evidence", LargeBinary),  # sealed
    _at("at"),
    _at("received_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("receipts_delivery", "organisation_id", "delivery_id"),
    Index("receipts_once", *_ONCE, "receipt_id", unique=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("loa", Integer, nullable=False),
    Column("provider", Text, nullable=False),
    _at("created_at"),
    _at("seen_at"),
    _at("identified_at"),
    PrimaryKeyConstraint("organisation_id", "hash"),
)

flows = Table(
    "flows",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("browser", LargeBinary, nullable=False),
    Column("provider", Text, nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("state", LargeBinary, nullable=False),  # sealed with the installation's key
    Column("return_to", Text, nullable=False),
    Column("used", Boolean, nullable=False, server_default=text("false")),
    _at("expires_at"),
)

guest_sessions = Table(
    "guest_sessions",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("ref", Text, nullable=False),  # what the guest may read, such as `link:DELIVERY`
    Column("loa", Integer, nullable=False),
    Column("provider", Text, nullable=False),
    Column("facts", LargeBinary, nullable=False),  # sealed: the method and the name
    _at("created_at"),
    _at("seen_at"),
    PrimaryKeyConstraint("organisation_id", "hash"),
)

identities = Table(
    "identities",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("provider", Text, nullable=False),
    Column("subject_hash", LargeBinary, nullable=False),  # keyed: of the provider and its name for the person
    Column("label", LargeBinary, nullable=False),  # sealed: what the user calls it
    Column("secret", LargeBinary),  # sealed: a passkey's public key, a TOTP secret ...
    _at("created_at"),
    _at("used_at", nullable=True),
    Column("loa", Integer, nullable=False, server_default="2"),  # of who bound it
    Column("source", Text, nullable=False, server_default="self"),  # who bound it: self, admin or system
    Column("bound_by", Uuid),  # the administrator
    _at("confirmed_at", nullable=True),  # when it was sure that it is the account's own person
    _at("opens_at", nullable=True),  # before that it opens nothing
    Column("name", LargeBinary),  # sealed: what the provider said that the person is called
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("identities_subject", "subject_hash"),
    Index("identities_user", "organisation_id", "user_id"),
    Index("identities_provider", "organisation_id", "provider", "user_id"),
)

kept_drafts = Table(
    "kept_drafts",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("content", LargeBinary, nullable=False),  # sealed: the fields of the form
    _slot("content"),
    Column("message_id", Uuid),  # what it was sent as; it stays only while that can be undone
    Column("about", ARRAY(Uuid), nullable=False, server_default=text("'{}'")),  # messages that it answers or passes on
    Column("mailbox_id", Uuid),  # which it is written from
    _at("changed_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("kept_drafts_user", "organisation_id", "user_id", text("changed_at DESC")),
)

destruction_holds = Table(
    "destruction_holds",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("thing_id", Uuid, nullable=False),  # the case, or a message of it
    Column("plugin", Text, nullable=False),  # empty for the core's own
    Column("why", Text, nullable=False),
    _at("held_at"),
    _at("ask_again_at"),
    PrimaryKeyConstraint("organisation_id", "case_id", "thing_id", "plugin"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("number", BigInteger, nullable=False),
    _at("at"),
    Column("kind", Text, nullable=False),
    Column("entry", Text, nullable=False),  # canonical JSON; what the hash covers
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

event_days = Table(
    "event_days",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("day", Date, nullable=False),  # in Swedish time
    Column("mailbox_id", Uuid, nullable=False),  # the nil UUID where the entries name none
    Column("what", Text, nullable=False),  # which channel, provider or method; empty where the kind has none
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
    _at("at"),
    PrimaryKeyConstraint("organisation_id", "number"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("queue", Text, nullable=False),  # PLUGIN.NAME
    Column("key", Text),  # what it is about; one entry for each
    Column("sealed", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),  # WAITING, CLAIMED or PARKED
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    _at("due_at"),  # while it is claimed: the end of the lease
    Column("failure", Text, nullable=False, server_default=""),
    _at("queued_at"),
    _at("changed_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("outbox_once", "organisation_id", "queue", "key", unique=True),
    Index("outbox_due", "queue", "due_at", postgresql_where=text("state <> 'PARKED'")),
)

notices = Table(
    "notices",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("topic", Text, nullable=False),  # what it is about, PLUGIN.WORD
    Column("key", Text),  # one notice for each, of a topic
    Column("about", Uuid),
    Column("sealed", LargeBinary, nullable=False),  # address and text; the text goes once it is sent
    _slot("sealed"),
    Column("state", Text, nullable=False),
    Column("failure", Text, nullable=False, server_default=""),
    Column("is_urgent", Boolean, nullable=False),
    _at("expires_at", nullable=True),
    _at("asked_at"),
    _at("changed_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("notices_once", "organisation_id", "topic", "key", unique=True),
    Index("notices_about", "organisation_id", "about"),
    Index("notices_kind", "organisation_id", "kind", "asked_at"),
)

notice_choices = Table(
    "notice_choices",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("mailbox_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("way", Text, nullable=False),  # the name of a NoticeWay
    Column("pace", Text, nullable=False),
    PrimaryKeyConstraint("organisation_id", "mailbox_id", "user_id", "way"),
    Index("notice_choices_on", "organisation_id", postgresql_where=text("pace <> 'off'")),
)

# What members are still to be told of. A row goes as soon as it has been told.
member_news = Table(
    "member_news",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("way", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("thing_id", Uuid, nullable=False),  # the message that came, or what else is told of once
    Column("mailbox_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    _at("happened_at"),
    _at("due_at"),
    PrimaryKeyConstraint("organisation_id", "user_id", "way", "kind", "thing_id"),
    Index("member_news_due", "organisation_id", "due_at"),
)

owned_files = Table(
    "owned_files",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("plugin", Text, nullable=False),
    Column("owner_id", Uuid, nullable=False),  # a thing of the plugin's, a case or a message
    Column("name", LargeBinary, nullable=False),  # sealed
    Column("content_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("blob", Text, nullable=False),  # empty where the file lies in pieces
    _at("kept_at"),
    Column("received", BigInteger),  # how far it has come; none where it is whole
    Column("fence", BigInteger, nullable=False, server_default="0"),
    Column("writing", Text, nullable=False, server_default=""),  # the blob that its sender writes now
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("owned_files_owner", "organisation_id", "owner_id"),
)

owned_file_pieces = Table(
    "owned_file_pieces",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("file_id", Uuid, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("blob", Text, nullable=False),
    PrimaryKeyConstraint("organisation_id", "file_id", "start"),
)

approvals = Table(
    "approvals",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),  # as `PLUGIN.NAME`
    Column("state", Text, nullable=False),
    Column("approvers", Text, nullable=False),
    Column("mailbox_id", Uuid),
    Column("asker_id", Uuid),  # the user; none where a part of the system asked
    Column("asker", Text, nullable=False),
    Column("plugin", Text, nullable=False, server_default=""),
    Column("loa", Integer, nullable=False),  # of who asked, with which it is done
    Column("level", Integer, nullable=False),  # what it takes to read it
    Column("delegates", ARRAY(Uuid), nullable=False),  # who stood in for who asked, when they asked
    Column("about", ARRAY(Uuid), nullable=False),  # cases and messages that it rests on
    Column("sealed", LargeBinary, nullable=False),  # what will happen and why, and what it takes to do it
    _slot("sealed"),
    _at("asked_at"),
    _at("expires_at"),
    Column("decider_id", Uuid),
    _at("decided_at", nullable=True),
    Column("decision", LargeBinary),  # sealed: the reason
    Column("failure", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("approvals_waiting", "organisation_id", "expires_at", postgresql_where=text("state = 'WAITING'")),
    Index("approvals_asker", "organisation_id", "asker_id", text("asked_at DESC")),
)

schedule = Table(
    "schedule",
    metadata,
    Column("name", Text, primary_key=True),
    _at("due_at"),
    _at("lease_until", nullable=True),
    Column("fence", BigInteger, nullable=False, server_default="0"),
)

installation = Table(
    "installation",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),  # of `master-key`: a hash that the key does not follow from
)

worker_faults = Table(
    "worker_faults",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("worker", Text, primary_key=True),
    _at("since"),
    _at("seen_at"),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'")),
)

removals = Table(
    "removals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject_id", Uuid, nullable=False),  # the organisation: the request outlives it
    Column("state", Text, nullable=False),
    Column("asker_id", Uuid),
    Column("decider_id", Uuid),
    Column("sealed", LargeBinary, nullable=False),  # names and the reason, under the installation's key
    _at("asked_at"),
    _at("expires_at"),
    _at("ended_at", nullable=True),
    Index("removals_once", "subject_id", unique=True, postgresql_where=text("state IN ('WAITING', 'APPROVED')")),
)

exports = Table(
    "exports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("subject_id", Uuid, nullable=False),  # the organisation
    Column("state", Text, nullable=False),
    Column("asker_id", Uuid, nullable=False),
    Column("decider_id", Uuid),
    Column("sealed", LargeBinary, nullable=False),  # names, reason, receiver, and the file's key, under our key
    Column("file", Text),  # in the store, once it is whole
    _at("asked_at"),
    _at("expires_at"),
    _at("ended_at", nullable=True),
    Index("exports_once", "subject_id", unique=True, postgresql_where=text("state IN ('WAITING', 'APPROVED', 'DONE')")),
)

clocks = Table(
    "clocks",
    metadata,
    Column("boot", Text, primary_key=True),  # which start of which host
    _at("booted_at"),  # by the database's clock, as far as it is believed
    _at("believed_at"),  # the last moment of that clock that was believed
    Column("doubted_after", Interval),  # after the host's start: since when another `booted_at` has been seen
    _at("doubted_booted_at", nullable=True),  # which
)

nodes = Table(
    "nodes",
    metadata,
    Column("name", Text, primary_key=True),  # of the host
    Column("kind", Text, primary_key=True),  # `web` or `worker`
    Column("in_service", Boolean, nullable=False, server_default=text("true")),
    _at("changed_at"),  # when it was last taken out of service, or put in service
)

node_processes = Table(
    "node_processes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("process", Integer, nullable=False),
    Column("version", Text, nullable=False),
    _at("started_at"),
    _at("seen_at"),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'")),  # such as deliveries and jobs in hand
)

attempts = Table(
    "attempts",
    metadata,
    Column(
        "key", LargeBinary, primary_key=True
    ),  # keyed hash of what is limited: an account with a browser, an address
    Column("failures", Integer, nullable=False),
    _at("until"),  # when the count starts again
)

SHARED = frozenset(
    {
        "organisations",
        "flows",
        "schedule",
        "attempts",
        "installation",
        "doomed_slots",
        "worker_faults",
        "clocks",
        "nodes",
        "node_processes",
        "removals",
        "exports",
    }
)
"""Tables without row-level security; none holds content or personal data in clear."""
