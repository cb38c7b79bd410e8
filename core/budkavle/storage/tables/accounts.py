"""Accounts, mailboxes, and memberships."""

from sqlalchemy import Boolean, Column, DateTime, Index, LargeBinary, PrimaryKeyConstraint, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from budkavle.storage.tables.columns import NEVER, at, metadata

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
    at("created_at"),
    at("password_until", nullable=True),  # of a password that must be changed when it is used
    at("ended_at", nullable=True),  # when every session was ended; sign-ins begun before are invalid
    Column("source", Text, nullable=False, server_default=""),  # the plugin whose directory manages it, or empty
    Column("signed_in_at", DateTime(timezone=True), nullable=False, server_default=text(f"'{NEVER.isoformat(' ')}'")),
    at("blocked_until", nullable=True),  # after too many failed attempts to sign in
    at("closed_at", nullable=True),  # written by a trigger; NULL while the account is open or invited
    at("destroyed_at", nullable=True),  # when the personal data of a closed account was destroyed
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("users_open", "organisation_id", postgresql_where=text("active")),
    Index(
        "users_closed",
        "organisation_id",
        "closed_at",
        postgresql_where=text("closed_at IS NOT NULL AND destroyed_at IS NULL"),
    ),
    Index("users_installation", "organisation_id", postgresql_where=text("role = 'platform'")),
    Index("users_name", "organisation_id", "name", "id"),
    Index("users_role", "organisation_id", "role", "name", "id"),
    Index("users_signed_in", "organisation_id", "signed_in_at", "id"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),  # one for each: a new one replaces the old
    Column("hash", LargeBinary, nullable=False),  # of the secret in the link
    Column("invited_by", Uuid),  # NULL if a part of the system did
    at("sent_at"),
    at("expires_at"),
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
    Column("needs_approval", Boolean, nullable=False, server_default=text("false")),  # for what is sent from it
    at("created_at"),
    at("deleted_at", nullable=True),
    at("destroyed_at", nullable=True),  # some time after it was deleted, when nothing is left in it
    PrimaryKeyConstraint("organisation_id", "id"),
    Index(
        "mailboxes_functions",
        "organisation_id",
        "name",
        postgresql_where=text("kind = 'function' AND deleted_at IS NULL"),
    ),
    Index("mailboxes_default", "organisation_id", postgresql_where=text("is_default AND deleted_at IS NULL")),
    Index("mailboxes_deleted", "organisation_id", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
    Index("mailboxes_owner", "organisation_id", "owner_id", postgresql_where=text("owner_id IS NOT NULL")),
)

memberships = Table(
    "memberships",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("mailbox_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("administrator", Boolean, nullable=False, server_default=text("false")),
    # For a delegate in somebody's personal inbox: when access ends, and from when messages are visible.
    at("until", nullable=True),
    at("since", nullable=True),
    Column("may_answer", Boolean, nullable=False, server_default=text("true")),
    Column("favourite", Boolean, nullable=False, server_default=text("false")),  # always in the user's navigation
    PrimaryKeyConstraint("organisation_id", "mailbox_id", "user_id"),
    Index("memberships_user", "organisation_id", "user_id"),
)
