"""Catalogues, files and notes, their versions, and their shares."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    _make_entries()
    op.create_table(
        "files_versions",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("entry_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("file_id", sa.Uuid, nullable=False),  # the sealed bytes; several versions may have the same
        sa.Column("author_id", sa.Uuid),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("restored_from", sa.Integer),  # the number of the version that it brought back
        sa.PrimaryKeyConstraint("organisation_id", "entry_id", "number"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "entry_id"],
            ["files_entries.organisation_id", "files_entries.id"],
            ondelete="CASCADE",
        ),
    )
    op.create_index("files_versions_bytes", "files_versions", ["organisation_id", "file_id"])
    op.create_table(
        "files_shares",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("entry_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),  # person, mailbox or guest
        sa.Column("subject_id", sa.Uuid, nullable=False),  # the account, the mailbox, or the share itself for a guest
        sa.Column("role", sa.SmallInteger, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("guest", sa.LargeBinary),  # sealed: who the guest is
        sa.Column("loa", sa.SmallInteger, nullable=False, server_default="0"),  # what a guest must reach
        sa.Column("token_hash", sa.LargeBinary),  # of a guest's link
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "entry_id", "kind", "subject_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "entry_id"],
            ["files_entries.organisation_id", "files_entries.id"],
            ondelete="CASCADE",
        ),
    )
    op.create_index("files_shares_subject", "files_shares", ["organisation_id", "kind", "subject_id"])
    op.create_index("files_shares_token", "files_shares", ["organisation_id", "token_hash"])
    op.create_index("files_shares_until", "files_shares", ["organisation_id", "until"])


def _make_entries() -> None:
    op.create_table(
        "files_entries",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),  # catalogue, file or note
        sa.Column("parent_id", sa.Uuid),  # none: a catalogue at the top
        sa.Column("path", ARRAY(sa.Uuid), nullable=False),  # the catalogues above it, the top first
        sa.Column("owner_kind", sa.Text, nullable=False),  # person or mailbox
        sa.Column("owner_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.LargeBinary, nullable=False),  # sealed
        sa.Column("name_hash", sa.BigInteger, nullable=False),  # keyed, of the name in its catalogue
        sa.Column("rank", sa.Numeric, nullable=False),  # the order of names among those of its kind in its catalogue
        sa.Column("loa", sa.SmallInteger, nullable=False, server_default="0"),  # what a reader must reach
        sa.Column("confidential", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("version", sa.Integer, nullable=False, server_default="0"),  # the latest; 0 for a catalogue
        sa.Column("size", sa.BigInteger, nullable=False, server_default="0"),  # of the latest version
        sa.Column("stored", sa.BigInteger, nullable=False, server_default="0"),  # of all versions
        sa.Column("media_type", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("changed_by_id", sa.Uuid),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("binned_at", sa.DateTime(timezone=True)),
        sa.Column("binned_by", sa.Text, nullable=False, server_default=""),
        sa.Column("binned_with", sa.Uuid),  # what was deleted: itself, or a catalogue above it
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.CheckConstraint("kind = 'catalogue' OR parent_id IS NOT NULL", name="files_entries_in_a_catalogue"),
    )
    op.create_index(
        "files_entries_list",
        "files_entries",
        ["organisation_id", "parent_id", sa.text("(kind = 'catalogue')"), "rank", "id"],
    )
    op.create_index("files_entries_latest", "files_entries", ["organisation_id", "parent_id", "changed_at"])
    op.create_index("files_entries_owner", "files_entries", ["organisation_id", "owner_kind", "owner_id", "parent_id"])
    op.create_index("files_entries_path", "files_entries", ["path"], postgresql_using="gin")
    op.create_index(
        "files_entries_name",
        "files_entries",
        ["organisation_id", sa.text("coalesce(parent_id, owner_id)"), "name_hash"],
        unique=True,
        postgresql_where=sa.text("binned_at IS NULL"),
    )
    op.create_index(
        "files_entries_bin",
        "files_entries",
        ["organisation_id", "binned_with"],
        postgresql_where=sa.text("binned_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("files_shares")
    op.drop_table("files_versions")
    op.drop_table("files_entries")
