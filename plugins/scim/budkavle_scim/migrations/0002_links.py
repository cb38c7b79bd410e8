"""The sign-in method that knows the directory's users, and the links made for it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "scim_linking",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("way", sa.Text, nullable=False),  # an identity provider's name
        sa.Column("attribute", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id"),
    )
    op.create_table(
        "scim_links",  # a row for each user that was processed under the choice that it names
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid),
        sa.Column("way", sa.Text, nullable=False),
        sa.Column("attribute", sa.Text, nullable=False),
        sa.Column("subject_hash", sa.LargeBinary, nullable=False),  # empty if the user lacks the attribute
        sa.Column("identity_id", sa.Uuid),  # NULL if the plugin linked nothing
        sa.Column("refused", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "user_id"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("scim_links")
    op.drop_table("scim_linking")
