"""Cases, how they are found and who reads them, drafts, and what waits for a second person's approval."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from budkavle.storage.tables.columns import at, metadata, slot

_LISTED = "has_incoming OR trouble"
_DUE = ("organisation_id", "mailbox_id", "state", "due_on", "id")


def _folder(name: str, *columns: str, where: str) -> Index:
    """Index a folder of the inbox in the folder's order, so that a page costs the same at any size."""
    latest_first = (text("active_at DESC"), text("id DESC"))
    return Index(name, "organisation_id", "mailbox_id", *columns, *latest_first, postgresql_where=text(where))


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
    Column("loa", Integer, nullable=False, server_default="0"),  # the highest of the incoming messages
    Column("attachments", Integer, nullable=False),
    Column("messages", Integer, nullable=False),
    Column("incoming", Integer, nullable=False, server_default="0"),  # visible incoming messages; see `reads.seen`
    Column("last_message_id", Uuid),  # its head part is shown in the list
    Column("trouble", Boolean, nullable=False, server_default=text("false")),  # "Behöver åtgärd"
    Column("words", ARRAY(BigInteger), nullable=False, server_default=text("'{}'")),  # keyed hashes, see `search`
    at("opened_at"),
    at("active_at"),
    at("closed_at", nullable=True),
    at("binned_at", nullable=True),
    Column("due_on", Date),  # the day by which it should be answered
    Column("readers", ARRAY(Text)),  # the only people who may see it, see `restricted_cases`; NULL is every member
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("cases_due", *_DUE, postgresql_where=text("due_on IS NOT NULL")),
    _folder("cases_list", "state", where=_LISTED),
    _folder("cases_untaken", "state", where=f"({_LISTED}) AND holder_id IS NULL"),
    _folder("cases_held", "state", "holder_id", where=f"({_LISTED}) AND holder_id IS NOT NULL"),
    _folder("cases_channel", "state", "channel", where=_LISTED),
    _folder("cases_trouble", where="trouble"),
    Index("cases_conversation", "organisation_id", "conversation_id"),
    Index("cases_number", "organisation_id", "number"),
    Index("cases_open", "organisation_id", "mailbox_id", "holder_id", postgresql_where=text("state = 'open'")),
    Index("cases_binned", "organisation_id", "binned_at", postgresql_where=text("state = 'binned'")),
    _folder("cases_active", where="messages > 0 AND state <> 'binned'"),
)

# Which cases contain a word, maintained by a trigger on `cases.words`. An index on that array is of no use: a policy's
# condition must be evaluated before any operator that might leak a row, and array containment is one of those.
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
    at("at"),
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
    at("at"),  # when the opening was last recorded in the event log
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

kept_drafts = Table(
    "kept_drafts",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("content", LargeBinary, nullable=False),  # sealed: the fields of the form
    slot("content"),
    Column("message_id", Uuid),  # the message that was sent from it; the draft stays only while that can be undone
    Column("about", ARRAY(Uuid), nullable=False, server_default=text("'{}'")),  # messages that it answers or forwards
    Column("mailbox_id", Uuid),  # the mailbox it is written from
    at("send_at", nullable=True),  # when it will be sent, if it is scheduled
    Column("send_as", Uuid),  # and the id of the message that it will become
    Column("send_level", Integer, nullable=False, server_default="0"),  # of the author, when the time was chosen
    Column("send_failure", Text, nullable=False, server_default=""),  # why it was not sent as scheduled
    at("changed_at"),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("kept_drafts_user", "organisation_id", "user_id", text("changed_at DESC")),
    Index("kept_drafts_message", "organisation_id", "message_id", postgresql_where=text("message_id IS NOT NULL")),
    Index("kept_drafts_planned", "organisation_id", "mailbox_id", postgresql_where=text("send_as IS NOT NULL")),
)

destruction_holds = Table(
    "destruction_holds",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("thing_id", Uuid, nullable=False),  # the case, or a message of it
    Column("plugin", Text, nullable=False),  # empty for the core's own
    Column("why", Text, nullable=False),
    at("held_at"),
    at("ask_again_at"),
    PrimaryKeyConstraint("organisation_id", "case_id", "thing_id", "plugin"),
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
    Column("asker_id", Uuid),  # the user; NULL if a part of the system asked
    Column("asker", Text, nullable=False),
    Column("plugin", Text, nullable=False, server_default=""),
    Column("loa", Integer, nullable=False),  # of the asker; the action is done with it
    Column("level", Integer, nullable=False),  # required to read it
    Column("delegates", ARRAY(Uuid), nullable=False),  # the asker's delegates at the time
    Column("about", ARRAY(Uuid), nullable=False),  # cases and messages that it depends on
    Column("sealed", LargeBinary, nullable=False),  # what will happen and why, and the data to do it
    slot("sealed"),
    at("asked_at"),
    at("expires_at"),
    Column("decider_id", Uuid),
    at("decided_at", nullable=True),
    Column("decision", LargeBinary),  # sealed: the reason
    Column("failure", Text, nullable=False, server_default=""),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("approvals_waiting", "organisation_id", "expires_at", postgresql_where=text("state = 'WAITING'")),
    Index("approvals_asker", "organisation_id", "asker_id", text("asked_at DESC")),
)
