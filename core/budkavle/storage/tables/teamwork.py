"""How colleagues work on cases together: tags, moves, restrictions."""

from sqlalchemy import Column, Index, LargeBinary, PrimaryKeyConstraint, Table, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import ARRAY

from budkavle.storage.tables.columns import at, metadata, slot

tags = Table(
    "tags",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("mailbox_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("colour", Text, nullable=False),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("tags_name", "organisation_id", "mailbox_id", func.lower(text("name")), unique=True),
)

case_tags = Table(
    "case_tags",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("tag_id", Uuid, nullable=False),
    PrimaryKeyConstraint("organisation_id", "case_id", "tag_id"),
    Index("case_tags_tag", "organisation_id", "tag_id", "case_id"),
)

# The mailboxes that a case was moved from: messages to one of them in its conversation join the case where it is now.
case_moves = Table(
    "case_moves",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("from_mailbox_id", Uuid, nullable=False),
    PrimaryKeyConstraint("organisation_id", "case_id", "from_mailbox_id"),
)

# The people who may see a restricted case; nobody else may, by the policy `readers` of all tables that refer to cases.
# A case without restriction has no rows.
case_readers = Table(
    "case_readers",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    PrimaryKeyConstraint("organisation_id", "case_id", "user_id"),
    Index("case_readers_user", "organisation_id", "user_id"),
)

# The same by case, maintained by a trigger of `case_readers`, which also writes `cases.readers`: used by the policies.
restricted_cases = Table(
    "restricted_cases",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("readers", ARRAY(Text), nullable=False),
    PrimaryKeyConstraint("organisation_id", "case_id"),
)

case_restrictions = Table(
    "case_restrictions",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("number", Text, nullable=False),  # of the case, so that a search for it by somebody else is logged
    Column("by_id", Uuid, nullable=False),
    Column("reason", LargeBinary, nullable=False),  # sealed
    slot("reason"),
    at("at"),
    at("told_at", nullable=True),  # when administrators were told that nobody is left who may read it
    PrimaryKeyConstraint("organisation_id", "case_id"),
    Index("case_restrictions_number", "organisation_id", "number"),
)
