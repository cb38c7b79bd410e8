"""The tables of the address book, and the two queries across all organisations."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    _make_tables()
    op.execute(_MAILBOX)
    op.execute(_PARTICIPANTS)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP FUNCTION addressbook_mailbox(text, text)")
    op.execute("DROP FUNCTION addressbook_all_participants()")
    for table in _TABLES:
        op.drop_table(table)


_TABLES = (
    "addressbook_participants",
    "addressbook_organisations",
    "addressbook_links",
    "addressbook_functions",
    "addressbook_favourites",
    "addressbook_copy",
    "addressbook_contacts",
)

# Finds the mailbox of an incoming address, before the organisation is known. Runs as the owner, past row-level
# security.
_MAILBOX = """
CREATE FUNCTION addressbook_mailbox(transport text, identifier text)
RETURNS TABLE (organisation_id uuid, mailbox_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT l.organisation_id, l.mailbox_id FROM addressbook_links l
    JOIN mailboxes m ON m.organisation_id = l.organisation_id AND m.id = l.mailbox_id AND m.deleted_at IS NULL
    WHERE l.transport = addressbook_mailbox.transport AND l.identifier = addressbook_mailbox.identifier
$$
"""

# Maps organisations here to participants of the federation; public data.
_PARTICIPANTS = """
CREATE FUNCTION addressbook_all_participants()
RETURNS TABLE (organisation_id uuid, participant text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT p.organisation_id, p.participant FROM addressbook_participants p
$$
"""


def _make_tables() -> None:

    op.create_table(
        "addressbook_contacts",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("mailbox_id", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(user_id IS NULL) <> (mailbox_id IS NULL)", name="addressbook_contacts_one_book"),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index(
        "addressbook_contacts_mailbox", "addressbook_contacts", ["organisation_id", "mailbox_id"], unique=False
    )
    op.create_index("addressbook_contacts_user", "addressbook_contacts", ["organisation_id", "user_id"], unique=False)
    op.create_table(
        "addressbook_copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("organisations", sa.Integer(), nullable=False),
        sa.Column("functions", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "addressbook_favourites",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("mailbox_id", sa.Uuid(), nullable=False),
        sa.Column("transport", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("organisation_id", "mailbox_id", "transport", "identifier"),
    )
    op.create_table(
        "addressbook_functions",
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("keywords", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("stack", sa.Text(), nullable=False),
        sa.Column("name_stack", sa.Text(), nullable=False),
        sa.Column("organisation_stack", sa.Text(), nullable=False),
        sa.Column("sort_key", sa.Text(collation="C"), nullable=False),
        sa.PrimaryKeyConstraint("identifier"),
    )
    op.create_index("addressbook_functions_participant", "addressbook_functions", ["participant"], unique=False)
    op.create_table(
        "addressbook_links",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("mailbox_id", sa.Uuid(), nullable=False),
        sa.Column("transport", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("linked_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("organisation_id", "mailbox_id", "transport"),
        sa.UniqueConstraint("transport", "identifier", name="addressbook_links_once"),
    )
    op.create_table(
        "addressbook_organisations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("alternate_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("addressbook_organisations_participant", "addressbook_organisations", ["participant"], unique=False)
    op.create_table(
        "addressbook_participants",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id"),
        sa.UniqueConstraint("participant"),
    )
