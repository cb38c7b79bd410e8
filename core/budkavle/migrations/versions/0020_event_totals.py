"""Days of the event log by channel, provider and method too; days of a whole organisation, months of a mailbox."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and functions; the job counts every log anew, since its mark has another name."""
    op.execute("DROP FUNCTION event_day(timestamptz, text, text)")
    op.drop_table("event_days")
    op.execute("DELETE FROM counters WHERE name = 'events-counted'")
    _table("event_days", sa.Column("day", sa.Date), sa.Column("mailbox_id", sa.Uuid))
    op.create_index("event_days_mailbox", "event_days", ["organisation_id", "mailbox_id", "kind", "day"])
    _table("event_day_totals", sa.Column("day", sa.Date))
    _table("event_months", sa.Column("month", sa.Date), sa.Column("mailbox_id", sa.Uuid))
    op.create_index("event_months_mailbox", "event_months", ["organisation_id", "mailbox_id", "kind", "month"])
    op.execute((Path(__file__).parent / "0020_event_totals.sql").read_text("utf-8"))


def _table(name: str, *columns: "sa.Column[object]") -> None:
    keys = ["organisation_id", "kind", *(column.name for column in columns), "what"]
    op.create_table(
        name,
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        *columns,
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(*keys),
    )


def downgrade() -> None:
    """Bring back the days without what divides them, to be counted anew."""
    op.execute("DROP FUNCTION uncounted_events(uuid, text[])")
    op.execute("DROP FUNCTION event_counts(timestamptz, text, text)")
    for name in ("event_months", "event_day_totals", "event_days"):
        op.drop_table(name)
    op.create_table(
        "event_days",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "kind", "day", "mailbox_id"),
    )
    op.execute((Path(__file__).parent / "0013_event_days.sql").read_text("utf-8"))
