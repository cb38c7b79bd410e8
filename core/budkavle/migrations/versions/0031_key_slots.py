"""Content keys are wrapped under a slot that lies outside of the database; what is destroyed dooms its slots."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

SEALED = {"kept_drafts": "content", "approvals": "sealed", "notices": "sealed"}
"""Tables whose rows have a slot of their own, and the column whose first bytes name it."""


def upgrade() -> None:
    """Make the column, the table of doomed slots, and the triggers that fill it."""
    op.add_column("content_keys", sa.Column("slot", sa.BigInteger))
    op.create_index(
        "content_keys_unslotted",
        "content_keys",
        ["organisation_id", "owner_id"],
        postgresql_where=sa.text("slot IS NULL"),
    )
    op.create_table(
        "doomed_slots",
        sa.Column("slot", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("doomed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("generation", sa.BigInteger),
        sa.Column("destroyed_at", sa.DateTime(timezone=True)),
    )
    op.create_index("doomed_slots_waiting", "doomed_slots", ["slot"], postgresql_where=sa.text("destroyed_at IS NULL"))
    op.execute((Path(__file__).parent / "0031_key_slots.sql").read_text("utf-8"))
    for table, column in SEALED.items():
        op.execute(f"ALTER TABLE {table} ADD COLUMN slot bigint GENERATED ALWAYS AS (sealed_slot({column})) STORED")
    for table in ("content_keys", *SEALED):
        op.execute(
            f"CREATE TRIGGER {table}_destroyed AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone"
            " FOR EACH STATEMENT EXECUTE FUNCTION doom_slots_of_deleted()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_resealed AFTER UPDATE ON {table} FOR EACH ROW"
            " WHEN (old.slot IS DISTINCT FROM new.slot AND old.slot IS NOT NULL)"
            " EXECUTE FUNCTION doom_slot_of_resealed()"
        )


def downgrade() -> None:
    """Take it away; what is sealed under a slot opens no longer."""
    for table in ("content_keys", *SEALED):
        op.execute(f"DROP TRIGGER {table}_destroyed ON {table}")
        op.execute(f"DROP TRIGGER {table}_resealed ON {table}")
        op.drop_column(table, "slot")
    op.execute("DROP FUNCTION doom_slots_of_deleted(), doom_slot_of_resealed(), sealed_slot(bytea)")
    op.drop_table("doomed_slots")
