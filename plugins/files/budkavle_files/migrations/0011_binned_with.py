"""What was put in the bin together with a catalogue is found by an index when it is restored, or the bin is emptied."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "files_entries_binned_with",
        "files_entries",
        ["organisation_id", "binned_with"],
        postgresql_where=sa.text("binned_with IS NOT NULL"),
    )


def downgrade() -> None:
    """Do without it, as before."""
    op.drop_index("files_entries_binned_with", "files_entries")
