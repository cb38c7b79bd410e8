"""The plugin's tables. The national copy is public and shared by the installation; the rest is per organisation."""

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

metadata = MetaData()

copy = Table(
    "addressbook_copy",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1
    Column("url", Text, nullable=False),
    Column("fetched_at", DateTime(timezone=True)),
    Column("tried_at", DateTime(timezone=True), nullable=False),
    Column("failure", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("organisations", Integer, nullable=False),
    Column("functions", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
)

organisations = Table(
    "addressbook_organisations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("participant", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("parent_id", Text),
    Column("alternate_name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Index("addressbook_organisations_participant", "participant"),
)

functions = Table(
    "addressbook_functions",
    metadata,
    Column("identifier", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("participant", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("keywords", ARRAY(Text), nullable=False),
    Column("stack", Text, nullable=False),  # the text to search in; see `name_search.haystack`
    Column("name_stack", Text, nullable=False),
    Column("organisation_stack", Text, nullable=False),
    Column("sort_key", Text(collation="C"), nullable=False),
    Index("addressbook_functions_participant", "participant"),
)

participants = Table(
    "addressbook_participants",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("participant", Text, nullable=False, unique=True),
)

links = Table(
    "addressbook_links",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("mailbox_id", Uuid, nullable=False),
    Column("transport", Text, nullable=False),
    Column("identifier", Text, nullable=False),
    Column("name", Text, nullable=False),  # its name when it was linked, for broken links
    Column("organisation", Text, nullable=False),
    Column("participant", Text, nullable=False),
    Column("linked_at", DateTime(timezone=True), nullable=False),
    Column("linked_by", Uuid),
    PrimaryKeyConstraint("organisation_id", "mailbox_id", "transport"),
    UniqueConstraint("transport", "identifier", name="addressbook_links_once"),  # in the whole installation
)

favourites = Table(
    "addressbook_favourites",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("mailbox_id", Uuid, nullable=False),
    Column("transport", Text, nullable=False),
    Column("identifier", Text, nullable=False),
    Column("name", Text, nullable=False),  # its name when it was saved, for those that disappear
    Column("organisation", Text, nullable=False),
    Column("participant", Text, nullable=False),
    Column("saved_at", DateTime(timezone=True), nullable=False),
    Column("saved_by", Uuid),
    PrimaryKeyConstraint("organisation_id", "mailbox_id", "transport", "identifier"),
)

contacts = Table(
    "addressbook_contacts",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("id", Uuid, nullable=False),
    Column("user_id", Uuid),
    Column("mailbox_id", Uuid),
    Column("sealed", LargeBinary, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("organisation_id", "id"),
    CheckConstraint("(user_id IS NULL) <> (mailbox_id IS NULL)", name="addressbook_contacts_one_book"),
    Index("addressbook_contacts_user", "organisation_id", "user_id"),
    Index("addressbook_contacts_mailbox", "organisation_id", "mailbox_id"),
)

changes = Table(
    "addressbook_changes",
    metadata,
    Column("organisation_id", Uuid, nullable=False),
    Column("mailbox_id", Uuid, nullable=False),
    Column("identifier", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("before", Text, nullable=False),  # its former name; functions of authorities, not persons
    Column("now", Text, nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("organisation_id", "mailbox_id", "identifier", "kind"),
)
