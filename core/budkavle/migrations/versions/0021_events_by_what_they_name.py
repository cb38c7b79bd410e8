"""The event log by what its entries name: who did it, to whom, in which mailbox, to which thing."""

from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

NAMED = ("actor_id", "user_id", "mailbox_id", "thing")


def upgrade() -> None:
    """Make the columns, which the server reads from the entry itself, and their indexes."""
    op.execute((Path(__file__).parent / "0021_events.sql").read_text("utf-8"))


def downgrade() -> None:
    """Take them away, with their indexes."""
    for name in NAMED:
        op.drop_column("audit_log", name)
