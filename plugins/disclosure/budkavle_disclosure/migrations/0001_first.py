"""Lists of messages with their masks, and requests by GDPR article 15."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables. Names, masks and details about a person are encrypted."""
    op.create_table(
        "disclosure_lists",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.LargeBinary, nullable=False),
        sa.Column("mailboxes", sa.ARRAY(sa.Uuid), nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date, nullable=False),  # the last day
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("disclosure_lists_made", "disclosure_lists", ["organisation_id", "made_at"])
    op.create_table(
        "disclosure_list_rows",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("list_id", sa.Uuid, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("message_id", sa.Uuid, nullable=False),
        sa.Column("masks", sa.LargeBinary),  # the ground for each masked field; NULL if none is masked
        sa.Column("judged", sa.Boolean, nullable=False),  # whether somebody has decided about the row
        sa.PrimaryKeyConstraint("organisation_id", "list_id", "position"),
    )
    op.create_table(
        "disclosure_requests",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("received_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("state", sa.Text, nullable=False),  # open, packed or closed
        sa.Column("person", sa.LargeBinary),  # NULL when a closed request has been kept for the set number of days
        sa.Column("selection", sa.LargeBinary),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("file_id", sa.Uuid),
        sa.Column("file_until", sa.DateTime(timezone=True)),
        sa.Column("downloads_left", sa.Integer, nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("disclosure_requests_due", "disclosure_requests", ["organisation_id", "state", "due_on"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("requests", "list_rows", "lists"):
        op.drop_table(f"disclosure_{table}")
