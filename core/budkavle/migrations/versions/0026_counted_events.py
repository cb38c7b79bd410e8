"""What the entries of the event log count is read from many of them at once: a call for each took most of the time."""

from pathlib import Path

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace the functions; what has been counted stays."""
    op.execute("DROP FUNCTION uncounted_events(uuid, text[])")
    op.execute("DROP FUNCTION event_counts(timestamptz, text, text)")
    op.execute((Path(__file__).parent / "0026_counted_events.sql").read_text("utf-8"))


def downgrade() -> None:
    """Bring the former functions back."""
    op.execute("DROP FUNCTION uncounted_events(uuid, text[])")
    op.execute("DROP FUNCTION counted_events(uuid, bigint, bigint, text[])")
    op.execute((Path(__file__).parent / "0020_event_totals.sql").read_text("utf-8"))
