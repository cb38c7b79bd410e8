"""Mails to registered users wait in the core's outboxes; what lies here is carried over by a job."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_DUE = """
CREATE OR REPLACE FUNCTION email_link_due(most integer)
RETURNS TABLE (kind text, organisation_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    (SELECT 'over', l.organisation_id, l.delivery_id FROM email_link_links l
     WHERE l.over_at IS NULL AND l.expires_at <= now() ORDER BY l.expires_at LIMIT most)
    UNION ALL
    (SELECT 'remind', l.organisation_id, l.delivery_id FROM email_link_links l
     WHERE l.remind_at <= now() AND l.over_at IS NULL AND l.expires_at > now() ORDER BY l.remind_at LIMIT most)
$$
"""
_QUEUED = """
CREATE FUNCTION email_link_queued() RETURNS TABLE (organisation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT n.organisation_id FROM email_link_notices n UNION SELECT a.organisation_id FROM email_link_accounts a
$$
"""


def upgrade() -> None:
    """Leave the notices out of what is due here, and find those that are left."""
    op.execute(_DUE)
    op.execute(_QUEUED)


def downgrade() -> None:
    """Take the question away."""
    op.execute("DROP FUNCTION email_link_queued()")
