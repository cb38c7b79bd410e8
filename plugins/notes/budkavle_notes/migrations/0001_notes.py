"""The author, case and time of each note. The text is in a sealed file of the case."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "notes_notes",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("file_id", sa.Uuid),  # of the text; none if the note is removed
        sa.Column("author_id", sa.Uuid, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True)),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.Column("removed_by", sa.Text, nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("notes_notes_case", "notes_notes", ["organisation_id", "case_id", "written_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("notes_notes")
