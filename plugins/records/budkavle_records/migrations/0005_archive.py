"""Transfers to the archive, and their packages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "records_transfers",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),  # the ID of the approved request
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("approved_by", sa.Text, nullable=False),
        sa.Column("reason", sa.LargeBinary, nullable=False),  # encrypted
        sa.Column("packages", sa.Integer, nullable=False),
        sa.Column("to_folder", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "number"),
    )
    op.create_table(
        "records_packages",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("transfer_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("case_number", sa.Text, nullable=False),
        sa.Column("message_ids", ARRAY(sa.Uuid)),  # its messages, so that it is removed when one of them is destroyed
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("file_id", sa.Uuid),  # NULL before it is made and after it is removed
        sa.Column("size", sa.BigInteger),
        sa.Column("sha256", sa.Text),
        sa.Column("made_at", sa.DateTime(timezone=True)),
        sa.Column("failure", sa.Text, nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True)),
        sa.Column("answered_on", sa.Date),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("answered_by", sa.Text, nullable=False),
        sa.Column("answer", sa.LargeBinary),  # encrypted
        sa.Column("receipt_id", sa.Uuid),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("records_packages_list", "records_packages", ["organisation_id", "transfer_id", "position"])
    op.create_index("records_packages_case", "records_packages", ["organisation_id", "case_id"])
    op.create_index(
        "records_packages_waiting",
        "records_packages",
        ["organisation_id", "tries", "position"],
        postgresql_where=sa.text("state = 'WAITING'"),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("records_packages")
    op.drop_table("records_transfers")
