"""Requests to export an organisation with everything."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "exports",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("asker_id", sa.Uuid, nullable=False),
        sa.Column("decider_id", sa.Uuid),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("file", sa.Text),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    open_ones = sa.text("state IN ('WAITING', 'APPROVED', 'DONE')")
    op.create_index("exports_once", "exports", ["subject_id"], unique=True, postgresql_where=open_ones)


def downgrade() -> None:
    """Take it away."""
    op.drop_table("exports")
