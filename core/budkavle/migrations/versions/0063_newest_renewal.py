"""When keys were last renewed, in one question for all organisations."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the function."""
    op.execute(sa.text(Path(__file__).with_name("0063_newest_renewal.sql").read_text("utf-8").replace(":", r"\:")))


def downgrade() -> None:
    """Take it away."""
    op.execute("DROP FUNCTION newest_renewal()")
