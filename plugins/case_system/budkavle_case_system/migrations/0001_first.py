"""The deliveries to case systems, and how far the event log has been read."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "case_system_deliveries",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),  # by which the receiver recognises it, at every attempt
        sa.Column("way", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("message_id", sa.Uuid),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),  # increases each time somebody sends it again
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("fault", sa.Text, nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True)),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True)),
        sa.Column("place", sa.Text, nullable=False),  # of a folder: where it is, below the base folder
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    for name, columns in (
        ("latest", ["organisation_id", "happened_at", "id"]),
        ("latest_in", ["organisation_id", "mailbox_id", "happened_at", "id"]),
        ("states", ["organisation_id", "state", "way"]),
        ("cases", ["organisation_id", "case_id"]),
    ):
        op.create_index(f"case_system_deliveries_{name}", "case_system_deliveries", columns)
    op.create_table(
        "case_system_cursors",
        sa.Column("organisation_id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("case_system_cursors")
    op.drop_table("case_system_deliveries")
