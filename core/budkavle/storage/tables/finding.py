"""The words by which cases are found, as keyed hashes, and which cases still have to be indexed."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from budkavle.storage.tables.columns import at, metadata, slot

# The rows of a word are ordered by when their cases were opened, so that only the latest need to be read.
search_words = Table(
    "search_words",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("word", BigInteger, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("mailbox_id", Uuid, nullable=False),
    Column("places", SmallInteger, nullable=False),  # bits, see `cases.finding.words.Place`
    PrimaryKeyConstraint(
        "organisation_id", "word", "opened_at", "case_id", postgresql_include=["mailbox_id", "places"]
    ),
    Index(
        "search_words_mailbox",
        "organisation_id",
        "word",
        "mailbox_id",
        "opened_at",
        "case_id",
        postgresql_include=["places"],
    ),
)

search_cases = Table(
    "search_cases",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("words", ARRAY(BigInteger), nullable=False, server_default=text("'{}'")),  # those in `search_words` now
    Column("mark", BigInteger, nullable=False, server_default="1"),  # counts the changes of the case
    Column("done", BigInteger, nullable=False, server_default="0"),  # the mark up to which its words are indexed
    Column("marked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("organisation_id", "case_id"),
    Index("search_cases_due", "organisation_id", "marked_at", postgresql_where=text("mark <> done")),
)

# How far the cases from before the index existed have been marked for indexing; no row once all are.
search_backfills = Table(
    "search_backfills",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("last_id", Uuid, nullable=False),
    PrimaryKeyConstraint("organisation_id"),
)

saved_searches = Table(
    "saved_searches",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # its name and the search
    at("saved_at"),
    slot("sealed"),
    PrimaryKeyConstraint("organisation_id", "id"),
    Index("saved_searches_user", "organisation_id", "user_id", "saved_at"),
)
