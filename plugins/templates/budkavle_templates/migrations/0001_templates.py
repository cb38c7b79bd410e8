"""Whose a template is, and who changed it when; its name, subject and text lie sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "templates_templates",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid),  # of a mailbox's template
        sa.Column("user_id", sa.Uuid),  # of a person's own
        sa.Column("content", sa.LargeBinary, nullable=False),  # sealed: name, subject and text
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.CheckConstraint("(mailbox_id IS NULL) <> (user_id IS NULL)", name="templates_templates_owner"),
    )
    op.create_index("templates_templates_mailbox", "templates_templates", ["organisation_id", "mailbox_id"])
    op.create_index("templates_templates_user", "templates_templates", ["organisation_id", "user_id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("templates_templates")
