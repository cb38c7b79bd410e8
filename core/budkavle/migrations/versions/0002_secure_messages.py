"""Secure messages to people: levels of assurance, what a recipient must show, guests, linked identities."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, the tables and the look-up of an identity."""
    for table, column in _columns():
        op.add_column(table, column)
    _make_tables()
    op.execute(sa.text(Path(__file__).with_name("0002_functions.sql").read_text(encoding="utf-8").replace(":", r"\:")))


def downgrade() -> None:
    """Take them away."""
    op.execute("DROP FUNCTION find_identities(bytea)")
    for table in ("kept_drafts", "identities", "guest_sessions"):
        op.drop_table(table)
    for table, column in _columns():
        op.drop_column(table, column.name)


def _columns() -> "list[tuple[str, sa.Column[object]]]":
    return [
        ("users", sa.Column("preferences", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False)),
        ("memberships", sa.Column("until", sa.DateTime(timezone=True), nullable=True)),
        ("memberships", sa.Column("since", sa.DateTime(timezone=True), nullable=True)),
        ("memberships", sa.Column("may_answer", sa.Boolean(), server_default=sa.text("true"), nullable=False)),
        ("cases", sa.Column("loa", sa.Integer(), server_default="0", nullable=False)),
        ("messages", sa.Column("loa", sa.Integer(), server_default="0", nullable=False)),
        ("messages", sa.Column("reply_allowed", sa.Boolean(), server_default=sa.text("true"), nullable=False)),
        ("deliveries", sa.Column("terms", sa.LargeBinary(), nullable=True)),
        ("deliveries", sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True)),
        ("deliveries", sa.Column("downloaded_at", sa.DateTime(timezone=True), nullable=True)),
        ("deliveries", sa.Column("identified_by", sa.Text(), server_default="", nullable=False)),
        ("deliveries", sa.Column("identified_loa", sa.Integer(), server_default="0", nullable=False)),
    ]


def _make_tables() -> None:
    op.create_table(
        "guest_sessions",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("loa", sa.Integer(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "hash"),
    )
    op.create_table(
        "identities",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject_hash", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("identities_subject", "identities", ["subject_hash"])
    op.create_index("identities_user", "identities", ["organisation_id", "user_id"])
    op.create_table(
        "kept_drafts",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index(
        "kept_drafts_user", "kept_drafts", ["organisation_id", "user_id", sa.literal_column("changed_at DESC")]
    )
