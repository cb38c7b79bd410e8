"""An outbox's entry that may have been handled says so at every later attempt."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0065"
branch_labels = None
depends_on = None

_FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Add the column, and let claims keep it; what waits already is not known to be unsure."""
    op.add_column("outbox", sa.Column("unsure", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute((_FOLDER / "0068_unsure_entries.sql").read_text("utf-8"))


def downgrade() -> None:
    """Take it away."""
    before = (_FOLDER / "0054_moving_organisations.sql").read_text("utf-8")
    claim = before[before.index("CREATE OR REPLACE FUNCTION claim_outbox") : before.index("REVOKE ALL")]
    op.execute(claim)
    op.drop_column("outbox", "unsure")
