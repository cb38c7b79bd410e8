"""A plugin's rows follow a case to another mailbox."""

from pathlib import Path

from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the function; the roles of plugins get it when they are made or checked."""
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))


def downgrade() -> None:
    """Take it away."""
    op.execute("DROP FUNCTION moved_cases()")
