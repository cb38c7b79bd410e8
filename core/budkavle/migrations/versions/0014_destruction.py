"""What is held back from destruction, and the messages that a saved draft is about."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the column."""
    op.create_table(
        "destruction_holds",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("thing_id", sa.Uuid, nullable=False),
        sa.Column("plugin", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ask_again_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "case_id", "thing_id", "plugin"),
    )
    op.add_column("kept_drafts", sa.Column("about", sa.ARRAY(sa.Uuid), nullable=False, server_default=sa.text("'{}'")))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("kept_drafts", "about")
    op.drop_table("destruction_holds")
