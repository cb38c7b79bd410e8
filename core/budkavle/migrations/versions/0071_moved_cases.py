"""Where cases are now, for the rows of plugins that belong to them."""

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
    op.execute("DROP FUNCTION moved_cases(uuid[])")
