"""The owner of a template, and who changed it when. Its name, subject and text are stored sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "templates_templates",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid),  # of a mailbox's template
        sa.Column("user_id", sa.Uuid),  # of a personal template
        sa.Column("content", sa.LargeBinary, nullable=False),  # sealed: name, subject and text
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.CheckConstraint("(mailbox_id IS NULL) <> (user_id IS NULL)", name="templates_templates_owner"),
    )
    op.create_index("templates_templates_mailbox", "templates_templates", ["organisation_id", "mailbox_id"])
    op.create_index("templates_templates_user", "templates_templates", ["organisation_id", "user_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("templates_templates")
