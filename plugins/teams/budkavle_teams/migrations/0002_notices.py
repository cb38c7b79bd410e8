"""Who is told of what has come, and texts on their way from a chat into a draft."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. Accounts in Teams, and the texts, lie sealed."""
    op.create_table(
        "teams_people",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("fault", sa.Text, nullable=False),  # why the last notice did not come through, as a word
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
    """Take them away."""
    for table in ("shared_texts", "people"):
        op.drop_table(f"teams_{table}")
