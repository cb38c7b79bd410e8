"""Requests that a second person decides, mailboxes whose messages need it, and uploads that wait meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the columns."""
    op.create_table(
        "approvals",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("approvers", sa.Text, nullable=False),
        sa.Column("mailbox_id", sa.Uuid),
        sa.Column("asker_id", sa.Uuid),
        sa.Column("asker", sa.Text, nullable=False),
        sa.Column("plugin", sa.Text, nullable=False, server_default=""),
        sa.Column("loa", sa.Integer, nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("delegates", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("about", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decider_id", sa.Uuid),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decision", sa.LargeBinary),
        sa.Column("failure", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    waiting = sa.text("state = 'WAITING'")
    op.create_index("approvals_waiting", "approvals", ["organisation_id", "expires_at"], postgresql_where=waiting)
    op.create_index("approvals_asker", "approvals", ["organisation_id", "asker_id", sa.text("asked_at DESC")])
    no = sa.text("false")
    op.add_column("mailboxes", sa.Column("needs_approval", sa.Boolean, nullable=False, server_default=no))
    op.add_column("attachments", sa.Column("kept_until", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("attachments", "kept_until")
    op.drop_column("mailboxes", "needs_approval")
    op.drop_table("approvals")
