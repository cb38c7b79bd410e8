"""The plugin's tables, as the migrations create them."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, Uuid

metadata = MetaData()

links = Table(
    "email_link_links",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("delivery_id", Uuid, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("bounce_hash", LargeBinary, nullable=False, unique=True),
    Column("sealed", LargeBinary, nullable=False),  # the token and the reader, see `links._LinkContent`
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("remind_at", DateTime(timezone=True)),
    Column("reminders", Integer, nullable=False),
    Column("over_at", DateTime(timezone=True)),  # when the sender was told that it has ended
)

notices = Table(
    "email_link_notices",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("message_id", Uuid, primary_key=True),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("attempt", Integer, nullable=False),
)

accounts = Table(
    "email_link_accounts",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("attempt", Integer, nullable=False),
)

bounces = Table(
    "email_link_bounces",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("bounce_hash", LargeBinary, primary_key=True),
    Column("delivery_id", Uuid),  # the sender's delivery, if the mail was about a message
    Column("user_id", Uuid),  # the account that it was about
    Column("notice_id", Uuid),  # the notice; mails of older versions have one of the two columns above instead
    Column("at", DateTime(timezone=True), nullable=False),
)

outbox = Table(
    "email_link_outbox",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("key", Uuid, nullable=False),  # the id in the label of `sealed`
    Column("sealed", LargeBinary, nullable=False),
)

places = Table(
    "email_link_places",
    metadata,
    Column("organisation_id", Uuid, primary_key=True),
    Column("number", BigInteger, nullable=False),  # of the last event log entry that `notices.missed` has read
)
