"""An organisation is moved to another installation: where it lives now, and what keeps both from writing."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the function, and let claims pass over what is being moved."""
    op.add_column("organisations", sa.Column("moved_to", sa.Text))
    op.execute((Path(__file__).parent / "0054_moving_organisations.sql").read_text("utf-8"))


def downgrade() -> None:
    """Take them away; the triggers of organisations that were being moved go with the function."""
    op.execute("DROP FUNCTION refuse_moving() CASCADE")
    before = (Path(__file__).parent / "0011_outbox.sql").read_text("utf-8")
    op.execute(before.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    op.drop_column("organisations", "moved_to")
