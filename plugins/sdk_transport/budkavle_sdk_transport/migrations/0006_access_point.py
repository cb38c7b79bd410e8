"""What is known of the access point, and the way to what was refused in silence."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "sdk_access_point",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
    )
    op.create_index(
        "sdk_arrivals_untold",
        "sdk_arrivals",
        ["organisation_id", "at"],
        postgresql_where=sa.text("outcome IN ('SILENT', 'REFUSED', 'STRANGE')"),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_index("sdk_arrivals_untold", "sdk_arrivals")
    op.drop_table("sdk_access_point")
