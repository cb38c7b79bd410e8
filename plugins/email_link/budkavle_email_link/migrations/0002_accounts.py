"""Mails to people with an account: what they are told of, and where their bounces lead."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# As in 0001: a bounce comes before anybody knows whose it is; who has no token learns nothing.
_BOUNCED = """
CREATE FUNCTION email_link_account_bounced(wanted bytea)
RETURNS TABLE (organisation_id uuid, delivery_id uuid, user_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT b.organisation_id, b.delivery_id, b.user_id FROM email_link_bounces b WHERE b.bounce_hash = wanted
$$
"""
_DUE = """
CREATE FUNCTION email_link_accounts_due(most integer)
RETURNS TABLE (organisation_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT a.organisation_id, a.id FROM email_link_accounts a WHERE a.due_at <= now() ORDER BY a.due_at LIMIT most
$$
"""
_FUNCTIONS = ("email_link_account_bounced(bytea)", "email_link_accounts_due(integer)")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "email_link_accounts",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("email_link_accounts_due", "email_link_accounts", ["due_at"])
    op.create_table(
        "email_link_bounces",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("bounce_hash", sa.LargeBinary(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "bounce_hash"),
    )
    op.create_index("email_link_bounces_hash", "email_link_bounces", ["bounce_hash"], unique=True)
    for function in (_BOUNCED, _DUE):
        op.execute(function)


def downgrade() -> None:
    """Take them away."""
    for function in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    for table in ("email_link_bounces", "email_link_accounts"):
        op.drop_table(table)
