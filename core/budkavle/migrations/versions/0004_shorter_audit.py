"""The event log's function in half the statements: every message writes it four times."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace it; whoever may call it stays the same."""
    op.execute((Path(__file__).parent / "0004_functions.sql").read_text("utf-8"))


def downgrade() -> None:
    """Nothing to take back: both write the same rows."""
