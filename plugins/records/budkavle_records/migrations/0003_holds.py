"""Legal holds, and the cases that they list one by one."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "records_holds",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),  # its name, its reason, and the reason for ending it
        sa.Column("scope", sa.Text, nullable=False),  # `cases`, or `selection`: all matches, also later ones
        sa.Column("mailbox_id", sa.Uuid),
        sa.Column("kind_id", sa.Uuid),
        sa.Column("since", sa.Date),  # of a selection: a message came or went that day or later
        sa.Column("until", sa.Date),  # of a selection: it was opened on that day or earlier
        sa.Column("ends_on", sa.Date),  # the last day in force; NULL means until somebody ends it
        sa.Column("cases", sa.Integer, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_table(
        "records_held_cases",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("hold_id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "hold_id", "case_id"),
    )
    op.create_index("records_held_cases_case", "records_held_cases", ["organisation_id", "case_id"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("held_cases", "holds"):
        op.drop_table(f"records_{table}")
