"""What participants have published, what authorities say of certificates, and from when a pair of ours signs."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the column.

    The tables belong to no organisation: what they hold is public, and the same for all. Who published what is held
    to its signature each time it is read from here, so nothing is gained by writing into them.
    """
    op.create_table(
        "sdk_published",
        sa.Column("participant", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("fetched_at", sa.DateTime(timezone=True)),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failure", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("participant", "document"),
    )
    op.create_table(
        "sdk_revocations",
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("revoked", sa.Boolean, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column("sdk_identities", sa.Column("signs_from", sa.DateTime(timezone=True)))
    op.execute("UPDATE sdk_identities SET signs_from = created_at")


def downgrade() -> None:
    """Take them away."""
    op.drop_column("sdk_identities", "signs_from")
    op.drop_table("sdk_revocations")
    op.drop_table("sdk_published")
