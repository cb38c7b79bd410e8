"""What is due where it does no good, as of an organisation that has moved away, takes no place from the others."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# As email_link_due of 0003, which stays for processes of the version before, but of these organisations alone.
_DUE_OF = """
CREATE FUNCTION email_link_due_of(wanted uuid[], most integer)
RETURNS TABLE (kind text, organisation_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    (SELECT 'over', l.organisation_id, l.delivery_id FROM email_link_links l
     WHERE l.over_at IS NULL AND l.expires_at <= now() AND l.organisation_id = ANY (wanted)
     ORDER BY l.expires_at LIMIT most)
    UNION ALL
    (SELECT 'remind', l.organisation_id, l.delivery_id FROM email_link_links l
     WHERE l.remind_at <= now() AND l.over_at IS NULL AND l.expires_at > now() AND l.organisation_id = ANY (wanted)
     ORDER BY l.remind_at LIMIT most)
$$
"""


def upgrade() -> None:
    """Add the question."""
    op.execute(_DUE_OF)


def downgrade() -> None:
    """Take it away."""
    op.execute("DROP FUNCTION email_link_due_of(uuid[], integer)")
