"""The price list, closed months with their figures, corrections, and generated reports."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables. The price list and the closings belong to the installation, the rest to organisations."""
    op.create_table(
        "economy_prices",
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),  # the first day of a month
        sa.Column("price", sa.Numeric(14, 4), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("item", "valid_from"),
    )
    op.create_table(
        "economy_closings",
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("month"),
    )
    op.create_table(
        "economy_months",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("document", sa.Text, nullable=False),  # canonical JSON, whose bytes are hashed
        sa.Column("sha256", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "month"),
    )
    op.create_table(
        "economy_corrections",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("month", sa.Date, nullable=False),  # the closed month that it corrects
        sa.Column("booked_in", sa.Date, nullable=False),  # the open month whose report includes it
        sa.Column("amount", sa.Numeric(14, 2), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_table(
        "economy_reports",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("pdf", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "month", "language"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("reports", "corrections", "months", "closings", "prices"):
        op.drop_table(f"economy_{table}")
