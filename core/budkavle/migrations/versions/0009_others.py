"""What was under way when a worker died is known, too, where its transport has been switched off since."""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let `claim_others` tell of deaths as `claim_lane` does; its workers, old and new, call it as before."""
    op.execute((Path(__file__).parent / "0009_others.sql").read_text("utf-8"))


def downgrade() -> None:
    """Leave it as it is: what 0008 expects of it, it does."""
