"""Settings of organisations and mailboxes by section, and the numbers that organisations had chosen among them."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and move the numbers."""
    op.create_table(
        "settings",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),
        sa.Column("chosen", JSONB, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "section", "mailbox_id"),
    )
    op.execute((Path(__file__).parent / "0015_settings.sql").read_text("utf-8"))


def downgrade() -> None:
    """Move the numbers back, and take the table away."""
    op.execute((Path(__file__).parent / "0015_settings_back.sql").read_text("utf-8"))
    op.drop_table("settings")
