"""Organisations that are paused, and the nodes of the installation."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, the tables and the functions."""
    op.add_column("organisations", sa.Column("state", sa.Text, nullable=False, server_default="active"))
    op.add_column("organisations", sa.Column("state_at", sa.DateTime(timezone=True)))
    op.create_index("users_installation", "users", ["organisation_id"], postgresql_where=sa.text("role = 'platform'"))
    op.create_table(
        "nodes",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("in_service", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "kind"),
    )
    op.create_table(
        "node_processes",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("process", sa.Integer, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", JSONB, nullable=False, server_default=sa.text("'{}'")),
    )
    op.execute((Path(__file__).parent / "0024_administration.sql").read_text("utf-8"))


def downgrade() -> None:
    """Take them away; an organisation that is paused works again."""
    op.execute("DROP FUNCTION claim_lane_v2(text, integer, interval)")
    op.execute("DROP FUNCTION claim_others_v2(text[], integer, interval)")
    op.execute("DROP FUNCTION count_accounts(uuid[])")
    op.execute("DROP FUNCTION list_installation_administrators()")
    op.execute("DROP FUNCTION list_organisation_numbers()")
    op.execute("DROP FUNCTION count_due_deliveries()")
    op.drop_table("node_processes")
    op.drop_table("nodes")
    op.drop_index("users_installation", "users")
    op.drop_column("organisations", "state_at")
    op.drop_column("organisations", "state")
