"""Cases may be moved to another mailbox; answers follow them there."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "case_moves",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("from_mailbox_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "case_id", "from_mailbox_id"),
    )


def downgrade() -> None:
    """Take it away; cases stay where they are."""
    op.drop_table("case_moves")
