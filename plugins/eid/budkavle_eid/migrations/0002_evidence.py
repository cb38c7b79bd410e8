"""The evidence of identifications."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "eid_evidence",
        sa.Column("hash", sa.LargeBinary, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("eid_evidence_expires", "eid_evidence", ["expires_at"])


def downgrade() -> None:
    """Take it away; what was kept is gone."""
    op.drop_table("eid_evidence")
