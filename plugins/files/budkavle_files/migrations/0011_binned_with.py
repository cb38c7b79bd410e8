"""An index for what was binned together with a catalogue, used to restore it and to empty the bin."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.create_index(
        "files_entries_binned_with",
        "files_entries",
        ["organisation_id", "binned_with"],
        postgresql_where=sa.text("binned_with IS NOT NULL"),
    )


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("files_entries_binned_with", "files_entries")
