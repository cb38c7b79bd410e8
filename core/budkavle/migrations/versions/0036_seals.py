"""Seals of the event log are stored by a function, which judges them; the working role inserts none."""

from pathlib import Path

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the function; what the role may do is granted after each migration."""
    op.execute((Path(__file__).parent / "0036_seals.sql").read_text("utf-8"))


def downgrade() -> None:
    """Take the function away."""
    op.execute("DROP FUNCTION audit_seal(uuid, bigint, bytea, bytea)")
