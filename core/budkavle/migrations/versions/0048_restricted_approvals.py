"""What waits for a second person's yes is kept to those who may meet the restricted cases that it rests on."""

from pathlib import Path

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the function of the policy, which `secure` makes after every migration."""
    op.execute((Path(__file__).parent / "0048_restricted_approvals.sql").read_text("utf-8"))


def downgrade() -> None:
    """Take it away, and with it the policy."""
    op.execute("DROP FUNCTION may_read_about(uuid, uuid[]) CASCADE")
