"""Messages, their files and the keys of both; and files that plugins store."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
    text,
)

from budkavle.storage.tables.columns import ONCE, at, metadata

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
    Column("loa", Integer, nullable=False, server_default="0"),  # required of its reader
    Column("reply_allowed", Boolean, nullable=False, server_default=text("true")),
    Column("attachments", Integer, nullable=False),
    Column("warned", Boolean, nullable=False, server_default=text("false")),  # arrived with warnings
    Column("sender_check", Text),  # what the address books said of its sender, if they were asked
    Column("head", LargeBinary, nullable=False),  # sealed JSON: what a list shows
    Column("body", LargeBinary, nullable=False),  # sealed JSON: the rest
    Column("evidence", LargeBinary),  # sealed: the received bytes, if they are small
    Column("evidence_blob", Text),
    at("created_at"),
    # From when its days are counted, by the database's clock; see the migration.
    Column("kept_from", DateTime(timezone=True), nullable=False, server_default=text("message_clock()")),
    at("destroyed_at", nullable=True),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index(
        "messages_kept",
        "organisation_id",
        "mailbox_id",
        "kept_from",
        "id",
        postgresql_where=text("destroyed_at IS NULL"),  # and not the state: each change of an indexed column costs
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
    Index("messages_once", *ONCE, unique=True, postgresql_where=text("direction = 'in'")),
)

content_keys = Table(
    "content_keys",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("owner_id", Uuid, nullable=False),  # a message or an attachment
    Column("part", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("slot", BigInteger),  # its number in the key store; NULL if it was sealed before slots existed
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
    Column("message_id", Uuid),  # NULL while it is only uploaded
    Column("uploaded_by", Uuid),
    Column("uploader", Text, nullable=False, server_default=""),  # who uploaded it without an account
    Column("position", Integer, nullable=False, server_default="0"),
    Column("name", LargeBinary, nullable=False),  # sealed
    Column("content_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("blob", Text, nullable=False),
    Column("names_people", Boolean, nullable=False, server_default=text("false")),  # in comments and tracked changes
    Column("rewritten", Boolean, nullable=False, server_default=text("false")),  # without its metadata
    at("created_at"),
    at("kept_until", nullable=True),  # of an upload that waits for something, such as an approval
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("attachments_message", "organisation_id", "message_id", "position"),
)

owned_files = Table(
    "owned_files",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("plugin", Text, nullable=False),
    Column("owner_id", Uuid, nullable=False),  # an object of the plugin's, a case or a message
    Column("name", LargeBinary, nullable=False),  # sealed
    Column("content_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("blob", Text, nullable=False),  # empty if the file is stored in pieces
    at("kept_at"),
    Column("received", BigInteger),  # how many bytes have arrived; NULL if it is complete
    Column("fence", BigInteger, nullable=False, server_default="0"),
    Column("writing", Text, nullable=False, server_default=""),  # the blob that is being uploaded now
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
