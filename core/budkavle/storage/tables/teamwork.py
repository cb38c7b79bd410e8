"""What colleagues do with cases together."""

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, Text, Uuid, func, text

from budkavle.storage.tables.columns import metadata

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

# From which mailboxes a case has come: what is sent to one of them in its conversation joins the case where it is now.
case_moves = Table(
    "case_moves",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("from_mailbox_id", Uuid, nullable=False),
    PrimaryKeyConstraint("organisation_id", "case_id", "from_mailbox_id"),
)
