"""What entries count is cut out of them, and only those of the days that are asked for are read."""

from pathlib import Path

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the functions; those from before stay for processes that still run."""
    op.execute((Path(__file__).parent / "0030_event_fields.sql").read_text("utf-8"))


def downgrade() -> None:
    """Bring the former function back."""
    op.execute("DROP FUNCTION uncounted_events(uuid, text[], date, date)")
    op.execute("DROP FUNCTION uncounted_events(uuid, text[])")
    op.execute("DROP FUNCTION counted_events(uuid, bigint, bigint, text[])")
    op.execute("DROP FUNCTION counted_events(uuid, bigint, bigint, text[], date, date)")
    op.execute((Path(__file__).parent / "0026_counted_events.sql").read_text("utf-8"))
