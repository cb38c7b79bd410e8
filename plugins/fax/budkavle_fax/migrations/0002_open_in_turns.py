"""Unfinished faxes are polled in turns, so that old ones without news do not block the others."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OPEN = """
CREATE FUNCTION fax_open(after timestamptz, most integer)
RETURNS TABLE (organisation_id uuid, id uuid, delivery_id uuid, remote_id text, told text, created_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT j.organisation_id, j.id, j.delivery_id, j.remote_id, j.told, j.created_at FROM fax_jobs j
    WHERE j.state = 'TAKEN' AND j.created_at > fax_open.after ORDER BY j.created_at LIMIT fax_open.most
$$
"""
_BEFORE = """
CREATE FUNCTION fax_open(most integer)
RETURNS TABLE (organisation_id uuid, id uuid, delivery_id uuid, remote_id text, told text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT j.organisation_id, j.id, j.delivery_id, j.remote_id, j.told FROM fax_jobs j
    WHERE j.state = 'TAKEN' ORDER BY j.created_at LIMIT fax_open.most
$$
"""


def upgrade() -> None:
    """Replace the function."""
    op.execute("DROP FUNCTION fax_open(integer)")
    op.execute(_OPEN)


def downgrade() -> None:
    """Restore the old function."""
    op.execute("DROP FUNCTION fax_open(timestamptz, integer)")
    op.execute(_BEFORE)
