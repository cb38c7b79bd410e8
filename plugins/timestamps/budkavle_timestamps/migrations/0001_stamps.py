"""The stamps, and the result of the last attempt."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "timestamps_stamps",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authority", sa.Text, nullable=False),
        sa.Column("token", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "last"),
    )
    op.create_table(
        "timestamps_tries",
        sa.Column("organisation_id", sa.Uuid, primary_key=True),
        sa.Column("faults", sa.Integer, nullable=False),
        sa.Column("fault", sa.Text, nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("timestamps_tries")
    op.drop_table("timestamps_stamps")
