"""Recipients of notices, and texts on their way from a chat to a draft."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables. Accounts in Teams and texts are stored sealed."""
    op.create_table(
        "teams_people",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("fault", sa.Text, nullable=False),  # why the last notice failed, as a code
        sa.Column("fault_at", sa.DateTime(timezone=True)),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("organisation_id", "user_id"),
    )
    op.create_table(
        "teams_shared_texts",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("teams_shared_texts_expires", "teams_shared_texts", ["organisation_id", "expires_at"])


def downgrade() -> None:
    """Drop them."""
    for table in ("shared_texts", "people"):
        op.drop_table(f"teams_{table}")
