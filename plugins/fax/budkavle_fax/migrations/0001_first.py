"""Faxes at their carrier, numbers and their mailboxes, contacts, conversations, and organisations' settings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Finds the owner of a called number, before the organisation is known. Runs as the owner, past row-level security.
_CALLED = """
CREATE FUNCTION fax_called(number text) RETURNS TABLE (organisation_id uuid, mailbox_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT l.organisation_id, l.mailbox_id FROM fax_lines l WHERE l.number = fax_called.number
$$
"""

# Unfinished faxes of all organisations; ids only.
_OPEN = """
CREATE FUNCTION fax_open(most integer)
RETURNS TABLE (organisation_id uuid, id uuid, delivery_id uuid, remote_id text, told text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT j.organisation_id, j.id, j.delivery_id, j.remote_id, j.told FROM fax_jobs j
    WHERE j.state = 'TAKEN' ORDER BY j.created_at LIMIT fax_open.most
$$
"""


def upgrade() -> None:
    """Create the tables and functions."""
    _jobs()
    op.create_table(
        "fax_lines",  # a number has one mailbox in the whole installation
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("fax_lines_of", "fax_lines", ["organisation_id", "mailbox_id"])
    op.create_table(
        "fax_contacts",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),
        sa.Column("number_hash", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),  # number and name
        sa.PrimaryKeyConstraint("organisation_id", "mailbox_id", "number_hash"),
    )
    op.create_table(
        "fax_talks",  # the conversation that a mailbox last had with a number
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),
        sa.Column("number_hash", sa.LargeBinary, nullable=False),
        sa.Column("conversation_id", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "mailbox_id", "number_hash"),
    )
    op.create_table(
        "fax_organisations",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("from_hour", sa.Integer, nullable=False),
        sa.Column("to_hour", sa.Integer, nullable=False),
        sa.Column("weekdays", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id"),
    )
    op.execute(_CALLED)
    op.execute(_OPEN)


def _jobs() -> None:
    op.create_table(
        "fax_jobs",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),  # the tag that the carrier keeps
        sa.Column("delivery_id", sa.Uuid),  # none for an administrator's test fax
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("remote_id", sa.Text, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("sent", sa.Integer, nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("fax_jobs_of", "fax_jobs", ["organisation_id", "delivery_id", "created_at"])
    op.create_index("fax_jobs_open", "fax_jobs", ["created_at"], postgresql_where=sa.text("state = 'TAKEN'"))


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP FUNCTION fax_open(integer)")
    op.execute("DROP FUNCTION fax_called(text)")
    for table in ("fax_organisations", "fax_talks", "fax_contacts", "fax_lines", "fax_jobs"):
        op.drop_table(table)
