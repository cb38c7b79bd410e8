"""When the retention of files begins, and after how many days a catalogue's files are destroyed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NO_CATALOGUE = sa.text("kind <> 'catalogue'")
_LATEST = """
UPDATE files_entries
SET kept_from = v.created_at
FROM files_versions v
WHERE v.organisation_id = files_entries.organisation_id
    AND v.entry_id = files_entries.id
    AND v.number = files_entries.version
"""


def upgrade() -> None:
    """Add the columns, the index and the table; the retention of existing entries begins at their latest version."""
    now = sa.func.now()
    op.add_column(
        "files_entries", sa.Column("kept_from", sa.DateTime(timezone=True), nullable=False, server_default=now)
    )
    op.execute(_LATEST)
    op.create_index(
        "files_entries_kept", "files_entries", ["organisation_id", "kept_from"], postgresql_where=_NO_CATALOGUE
    )
    op.add_column("files_origins", sa.Column("ask_again_at", sa.DateTime(timezone=True)))  # held back until then
    op.create_table(
        "files_retention",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("entry_id", sa.Uuid, nullable=False),  # a catalogue
        sa.Column("days", sa.Integer),
        sa.Column("kind_id", sa.Uuid),  # of a retention schedule; without days and kind it is as above
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, server_default=now),
        sa.PrimaryKeyConstraint("organisation_id", "entry_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "entry_id"], ["files_entries.organisation_id", "files_entries.id"], ondelete="CASCADE"
        ),
        sa.CheckConstraint("days IS NULL OR kind_id IS NULL", name="files_retention_one"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("files_retention")
    op.drop_column("files_origins", "ask_again_at")
    op.drop_index("files_entries_kept", "files_entries")
    op.drop_column("files_entries", "kept_from")
