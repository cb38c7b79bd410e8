"""Cases may be restricted to named people."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the functions of the policies, which `secure` makes after every migration."""
    op.create_table(
        "case_readers",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "case_id", "user_id"),
    )
    op.create_index("case_readers_user", "case_readers", ["organisation_id", "user_id"])
    op.create_table(
        "case_restrictions",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("by_id", sa.Uuid, nullable=False),
        sa.Column("reason", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("organisation_id", "case_id"),
    )
    op.create_index("case_restrictions_number", "case_restrictions", ["organisation_id", "number"])
    op.execute("ALTER TABLE case_restrictions ADD COLUMN slot bigint GENERATED ALWAYS AS (sealed_slot(reason)) STORED")
    op.execute(
        "CREATE TRIGGER case_restrictions_destroyed AFTER DELETE ON case_restrictions REFERENCING OLD TABLE AS gone"
        " FOR EACH STATEMENT EXECUTE FUNCTION doom_slots_of_deleted()"
    )
    op.execute(
        "CREATE TRIGGER case_restrictions_resealed AFTER UPDATE ON case_restrictions FOR EACH ROW"
        " WHEN (old.slot IS DISTINCT FROM new.slot AND old.slot IS NOT NULL)"
        " EXECUTE FUNCTION doom_slot_of_resealed()"
    )
    op.execute((Path(__file__).parent / "0041_restricted.sql").read_text("utf-8"))


def downgrade() -> None:
    """Take them away, and with them the policies; all members of a mailbox see all its cases then."""
    op.execute("DROP FUNCTION may_read_case(uuid, uuid) CASCADE")
    op.execute("DROP FUNCTION may_read_message(uuid, uuid) CASCADE")
    op.execute("DROP FUNCTION may_read_delivery(uuid, uuid) CASCADE")
    op.drop_table("case_restrictions")
    op.drop_table("case_readers")
