"""The core is asked whether a linked mailbox still exists."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MAILBOX = """
CREATE OR REPLACE FUNCTION addressbook_mailbox(transport text, identifier text)
RETURNS TABLE (organisation_id uuid, mailbox_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT l.organisation_id, l.mailbox_id FROM addressbook_links l
    WHERE l.transport = addressbook_mailbox.transport AND l.identifier = addressbook_mailbox.identifier
$$
"""


def upgrade() -> None:
    """Replace the function."""
    op.execute(_MAILBOX)


def downgrade() -> None:
    """Change nothing: the function gives the same, and also deleted mailboxes."""
