"""Saved searches have a key slot of their own, so that what is removed is destroyed with it."""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column that names the slot, and the triggers that doom it."""
    op.execute("ALTER TABLE saved_searches ADD COLUMN slot bigint GENERATED ALWAYS AS (sealed_slot(sealed)) STORED")
    op.execute(
        "CREATE TRIGGER saved_searches_destroyed AFTER DELETE ON saved_searches REFERENCING OLD TABLE AS gone"
        " FOR EACH STATEMENT EXECUTE FUNCTION doom_slots_of_deleted()"
    )
    op.execute(
        "CREATE TRIGGER saved_searches_resealed AFTER UPDATE ON saved_searches FOR EACH ROW"
        " WHEN (old.slot IS DISTINCT FROM new.slot AND old.slot IS NOT NULL)"
        " EXECUTE FUNCTION doom_slot_of_resealed()"
    )
    # Those of accounts that were closed before: nobody counts or opens them.
    op.execute(
        "DELETE FROM saved_searches s USING users u"
        " WHERE u.organisation_id = s.organisation_id AND u.id = s.user_id AND NOT u.active"
    )


def downgrade() -> None:
    """Take it away; what is sealed under a slot opens as long as the slot is kept."""
    op.execute("DROP TRIGGER saved_searches_destroyed ON saved_searches")
    op.execute("DROP TRIGGER saved_searches_resealed ON saved_searches")
    op.drop_column("saved_searches", "slot")
