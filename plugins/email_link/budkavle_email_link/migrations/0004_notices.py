"""Bounces of notices: each names its notice, whoever has asked for it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# As in 0002, whose function stays for processes of the version before.
_BOUNCED = """
CREATE FUNCTION email_link_mail_bounced(wanted bytea)
RETURNS TABLE (organisation_id uuid, delivery_id uuid, user_id uuid, notice_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT b.organisation_id, b.delivery_id, b.user_id, b.notice_id
    FROM email_link_bounces b WHERE b.bounce_hash = wanted
$$
"""


def upgrade() -> None:
    """Add the column, and the question that gives it."""
    op.add_column("email_link_bounces", sa.Column("notice_id", sa.Uuid(), nullable=True))
    op.execute(_BOUNCED)


def downgrade() -> None:
    """Take them away."""
    op.execute("DROP FUNCTION email_link_mail_bounced(bytea)")
    op.drop_column("email_link_bounces", "notice_id")
