"""Number ranges that the installation gives to organisations; linked numbers become their organisation's own."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Finds the owner of a called number, linked or not, before the organisation is known. Runs as the owner.
_GIVEN = """
CREATE FUNCTION fax_given(number text) RETURNS TABLE (organisation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT r.organisation_id FROM fax_ranges r
    WHERE int8range(r.first, r.last, '[]') @> CAST(substr(fax_given.number, 2) AS bigint)
$$
"""
_LINKED = """
INSERT INTO fax_ranges (organisation_id, first, last)
SELECT organisation_id, CAST(substr(number, 2) AS bigint), CAST(substr(number, 2) AS bigint) FROM fax_lines
"""


def upgrade() -> None:
    """Create them; an E.164 number has at most 15 digits, without its plus sign."""
    op.create_table(
        "fax_ranges",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "first"),
        sa.CheckConstraint("first <= last", name="fax_ranges_order"),
    )
    # The database ensures that no number belongs to two organisations.
    op.execute(
        "ALTER TABLE fax_ranges ADD CONSTRAINT fax_ranges_apart"
        " EXCLUDE USING gist (int8range(first, last, '[]') WITH &&)"
    )
    op.execute(_LINKED)
    op.execute(_GIVEN)


def downgrade() -> None:
    """Drop them; then any administrator may link any number again."""
    op.execute("DROP FUNCTION fax_given(text)")
    op.drop_table("fax_ranges")
