"""What is under way: to whom, what was said of it, and what went once more."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table."""
    now = sa.text("now()")
    op.add_column("sdk_enqueued", sa.Column("recipient", sa.Text, nullable=False, server_default=""))
    op.add_column("sdk_enqueued", sa.Column("purpose", sa.Text, nullable=False, server_default="message"))
    op.add_column("sdk_enqueued", sa.Column("word", sa.Text, nullable=False, server_default=""))
    op.add_column("sdk_enqueued", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False, server_default=now))
    op.create_index("sdk_enqueued_asked", "sdk_enqueued", ["organisation_id", "asked_at"])
    op.create_index("sdk_enqueued_recipient", "sdk_enqueued", ["organisation_id", "recipient"])
    op.create_table(
        "sdk_resends",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("delivery_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("transport_id", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "delivery_id", "number"),
    )
    op.create_index("sdk_resends_transport", "sdk_resends", ["organisation_id", "transport_id"])
    op.create_index("sdk_arrivals_at", "sdk_arrivals", ["organisation_id", "at"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index("sdk_arrivals_at", "sdk_arrivals")
    op.drop_table("sdk_resends")
    op.drop_index("sdk_enqueued_recipient", "sdk_enqueued")
    op.drop_index("sdk_enqueued_asked", "sdk_enqueued")
    for column in ("asked_at", "word", "purpose", "recipient"):
        op.drop_column("sdk_enqueued", column)
