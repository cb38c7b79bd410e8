"""Senders are kept by a keyed hash. Anybody with the rows could try addresses against those of before."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forget who has had the answer: in an absence that goes on, a sender may get it once more."""
    op.execute("DELETE FROM absence_answered")


def downgrade() -> None:
    """Nothing to take back: the release before keeps hashes of its own beside these."""
