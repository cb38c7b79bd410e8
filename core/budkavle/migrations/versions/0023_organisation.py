"""Logos of organisations, the peaks of what they use, and what they have been told of their licences."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "organisation_logos",
        sa.Column("organisation_id", sa.Uuid, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "usage_months",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("peak", sa.BigInteger, nullable=False),
        sa.Column("peak_on", sa.Date, nullable=False),
        sa.Column("counted_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "month", "kind"),
    )
    op.create_table(
        "licence_warnings",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("warning", sa.Text, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "warning"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("licence_warnings")
    op.drop_table("usage_months")
    op.drop_table("organisation_logos")
