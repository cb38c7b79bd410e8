"""The plugin's tables of the tree, as the migrations create them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
    literal_column,
)
from sqlalchemy.dialects.postgresql import ARRAY

metadata = MetaData()

entries = Table(
    "files_entries",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("parent_id", Uuid),
    Column("path", ARRAY(Uuid), nullable=False),
    Column("owner_kind", Text, nullable=False),
    Column("owner_id", Uuid, nullable=False),
    Column("name", LargeBinary, nullable=False),
    Column("name_hash", BigInteger, nullable=False),
    Column("rank", Numeric, nullable=False),
    Column("loa", SmallInteger, nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("changed_by_id", Uuid),
    Column("changed_by", Text, nullable=False),
    Column("binned_at", DateTime(timezone=True)),
    Column("binned_by", Text, nullable=False),
    Column("binned_with", Uuid),
    Column("kept_from", DateTime(timezone=True), nullable=False),
)

list_range = literal_column("(CASE WHEN files_entries.kind = 'catalogue' THEN 0 ELSE 1 END)", Integer)
"""0 for catalogues, which come first, and 1 for the rest, as in the indexes of lists.

`kind = 'catalogue'` would not work: PostgreSQL turns its negation into `kind <> 'catalogue'`, which no index has.
"""

versions = Table(
    "files_versions",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("entry_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("file_id", Uuid, nullable=False),
    Column("author_id", Uuid),
    Column("author", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("restored_from", Integer),
)

shares = Table(
    "files_shares",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("entry_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject_id", Uuid, nullable=False),
    Column("role", SmallInteger, nullable=False),
    Column("until", DateTime(timezone=True)),
    Column("guest", LargeBinary),
    Column("loa", SmallInteger, nullable=False),
    Column("token_hash", LargeBinary),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Text, nullable=False),
)

uploads = Table(
    "files_uploads",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("parent_id", Uuid),
    Column("entry_id", Uuid),
    Column("owner_kind", Text, nullable=False),
    Column("owner_id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("fingerprint", BigInteger),
    Column("begun_at", DateTime(timezone=True), nullable=False),
)

sums = Table(
    "files_sums",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("subject_id", Uuid, nullable=False),
    Column("stored", BigInteger, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("catalogues", BigInteger, nullable=False),
)
"""Additions and subtractions by changes of `files_entries`; triggers write it, and `tree.sums` reads it."""

search_words = Table(
    "files_search_words",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("entry_id", Uuid, primary_key=True),
    Column("word", BigInteger, primary_key=True),
    Column("in_text", Boolean, nullable=False),
)
"""Keyed hashes of the search words of entries."""

origins = Table(
    "files_origins",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("entry_id", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("message_id", Uuid, nullable=False),
    Column("ask_again_at", DateTime(timezone=True)),
)
"""The case that a file was saved from, and until when the case is known to be held back."""

retention = Table(
    "files_retention",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("entry_id", Uuid, primary_key=True),
    Column("days", Integer),
    Column("kind_id", Uuid),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
"""After how many days, or by which kind of a schedule, the files in a catalogue are destroyed."""

guests = Table(
    "files_guests",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("share_id", Uuid, primary_key=True),
    Column("entry_id", Uuid, nullable=False),
    Column("mark", Text, nullable=False),
    Column("name", LargeBinary, nullable=False),
)
"""The names of guests who have read or written."""
