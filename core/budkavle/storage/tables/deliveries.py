"""Outgoing traffic and its results: deliveries, receipts, the outbox, notices."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    Interval,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from budkavle.storage.tables.columns import ONCE, at, metadata, slot

_PARKED = "state IN ('SEND_FAILURE', 'NOT_FOUND', 'REJECTED')"


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
    at("begun_at", nullable=True),  # when handing over began, while it is under way
    Column("crashes", Integer, nullable=False, server_default="0"),  # workers that have died during an attempt
    Column("destination", BigInteger, nullable=False, server_default="0"),  # see `deliveries.destinations`
    Column("priority", SmallInteger, nullable=False, server_default="1"),
    at("due_at"),
    at("lease_until", nullable=True),
    Column("remote_id", Text),
    Column("failure", Text, nullable=False, server_default=""),
    Column("wire", LargeBinary),  # sealed: the exact bytes, if they are small
    Column("wire_blob", Text),
    Column("terms", LargeBinary),  # sealed: what this recipient must prove, see `messages.Terms`
    at("notified_at", nullable=True),
    at("opened_at", nullable=True),
    at("answered_at", nullable=True),
    at("downloaded_at", nullable=True),
    Column("identified_by", Text, nullable=False, server_default=""),  # the method when it was opened
    Column("identified_loa", Integer, nullable=False, server_default="0"),
    at("created_at"),
    at("changed_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("deliveries_message", "organisation_id", "message_id"),
    Index(
        "deliveries_due",
        "due_at",
        postgresql_where=text("state IN ('READY_TO_SEND', 'WAITING_FOR_RETRY', 'SEND_IN_PROGRESS')"),
    ),
    Index(
        "deliveries_lane",
        "transport",
        "priority",
        "organisation_id",
        "destination",
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
    Index("deliveries_remote", *ONCE),
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
    at("at"),
    Column("state", Text, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("organisation_id", "delivery_id", "id"),
)

receipts = Table(
    "receipts",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("delivery_id", Uuid),  # NULL if it matches nothing we sent
    Column("transport", Text, nullable=False),
    Column("remote_id", Text, nullable=False),
    Column("receipt_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("applied", Boolean, nullable=False),
    Column("reasons", JSONB, nullable=False, server_default=text("'[]'")),
    Column("evidence", LargeBinary),  # sealed
    Column("sender", LargeBinary),  # sealed; only until a receipt that came early has its delivery
    Column("pause", Interval),  # when to try again, of a receipt that came early
    at("at"),
    at("received_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("receipts_delivery", "organisation_id", "delivery_id"),
    Index("receipts_once", *ONCE, "receipt_id", unique=True),
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
    Column("unsure", Boolean, nullable=False, server_default=text("false")),  # an earlier attempt may have handled it
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("fence", BigInteger, nullable=False, server_default="0"),
    at("due_at"),  # while it is claimed: the end of the lease
    Column("failure", Text, nullable=False, server_default=""),
    at("queued_at"),
    at("changed_at"),
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
    Column("key", Text),  # one notice for each, within a topic
    Column("about", Uuid),
    Column("sealed", LargeBinary, nullable=False),  # address and text; the text is removed once it is sent
    slot("sealed"),
    Column("state", Text, nullable=False),
    Column("failure", Text, nullable=False, server_default=""),
    Column("is_urgent", Boolean, nullable=False),
    at("expires_at", nullable=True),
    at("asked_at"),
    at("changed_at"),
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

# News that members are still to be told. A row is deleted as soon as they have been told.
member_news = Table(
    "member_news",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("way", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("thing_id", Uuid, nullable=False),  # the incoming message, or another thing that is told once
    Column("mailbox_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    at("happened_at"),
    at("due_at"),
    PrimaryKeyConstraint("organisation_id", "user_id", "way", "kind", "thing_id"),
    Index("member_news_due", "due_at", "organisation_id"),
)
