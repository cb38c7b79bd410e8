"""The plugin's tables, as the migrations create them."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, LargeBinary, MetaData, Table, Text, Uuid

metadata = MetaData()
_AT = DateTime(timezone=True)

tokens = Table(
    "scim_tokens",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("created_at", _AT, nullable=False),
    Column("expires_at", _AT, nullable=False),
    Column("used_at", _AT),
)

users = Table(
    "scim_users",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid),
    Column("made", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("user_key", Text, nullable=False),
    Column("external_id", Text),
    Column("work_email", Text),
    Column("sealed", LargeBinary, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("created_at", _AT, nullable=False),
    Column("modified_at", _AT, nullable=False),
)

groups = Table(
    "scim_groups",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("external_id", Text),
    Column("version", BigInteger, nullable=False),
    Column("created_at", _AT, nullable=False),
    Column("modified_at", _AT, nullable=False),
)

members = Table(
    "scim_members",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("group_id", Uuid, primary_key=True),
    Column("user_id", Uuid, primary_key=True),
)

rules = Table(
    "scim_rules",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("group_id", Uuid, nullable=False),
    Column("mailbox_id", Uuid, nullable=False),
    Column("administrator", Boolean, nullable=False),
    Column("created_at", _AT, nullable=False),
)

grants = Table(
    "scim_grants",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("account_id", Uuid, primary_key=True),
    Column("mailbox_id", Uuid, primary_key=True),
    Column("administrator", Boolean, nullable=False),
    Column("before", Text, nullable=False),
)

linking = Table(
    "scim_linking",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("way", Text, nullable=False),
    Column("attribute", Text, nullable=False),
)

links = Table(
    "scim_links",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("user_id", Uuid, primary_key=True),
    Column("account_id", Uuid),
    Column("way", Text, nullable=False),
    Column("attribute", Text, nullable=False),
    Column("subject_hash", LargeBinary, nullable=False),
    Column("identity_id", Uuid),
    Column("refused", Boolean, nullable=False),
)
