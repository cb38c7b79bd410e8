"""Due messages are looked up once: a subquery may be evaluated again for each row, which claims too many."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_CLAIM = """
CREATE OR REPLACE FUNCTION sms_claim(most integer, lease interval)
RETURNS TABLE (organisation_id uuid, id uuid, attempt integer)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH due AS (
        SELECT d.organisation_id, d.id FROM sms_outbox d
        WHERE d.state IN ('WAITING', 'SENDING') AND d.due_at <= now()
        ORDER BY d.kind <> 'code', d.due_at LIMIT sms_claim.most FOR UPDATE SKIP LOCKED
    )
    UPDATE sms_outbox o
    SET state = 'SENDING', attempt = o.attempt + 1, due_at = now() + sms_claim.lease
    FROM due WHERE o.organisation_id = due.organisation_id AND o.id = due.id
    RETURNING o.organisation_id, o.id, o.attempt
$$
"""


def upgrade() -> None:
    """Replace the function."""
    op.execute(_CLAIM)


def downgrade() -> None:
    """Do nothing: the new function claims the same messages, and never too many."""
