"""The number of a catalogue's entries and of an owner's bytes, counted from changes; lists by time and size.

Each change of entries adds a row with the difference, so that no transaction waits for a counter. A job sums the rows.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ROWS = {
    "insert": "SELECT c.*, 1 AS way FROM came c",
    "update": "SELECT c.*, 1 AS way FROM came c UNION ALL SELECT g.*, -1 AS way FROM gone g",
    "delete": "SELECT g.*, -1 AS way FROM gone g",
}
_TABLES = {
    "insert": "NEW TABLE AS came",
    "update": "NEW TABLE AS came OLD TABLE AS gone",
    "delete": "OLD TABLE AS gone",
}
_LISTS = {
    "files_entries_list": "rank",
    "files_entries_by_time": "changed_at",
    "files_entries_by_size": "size",
}
_SUMS = """
INSERT INTO files_sums (organisation_id, id, subject_id, stored, entries, catalogues)
SELECT organisation_id, gen_random_uuid(), subject_id, sum(stored), sum(entries), sum(catalogues)
FROM (
    SELECT organisation_id, unnest(ARRAY[owner_id, organisation_id]) AS subject_id,
        way * stored AS stored, 0 AS entries, 0 AS catalogues
    FROM ({rows}) AS sizes
    WHERE stored > 0
    UNION ALL
    SELECT organisation_id, parent_id, 0, way, CASE WHEN kind = 'catalogue' THEN way ELSE 0 END
    FROM ({rows}) AS places
    WHERE parent_id IS NOT NULL AND binned_at IS NULL
) AS parts
GROUP BY organisation_id, subject_id
HAVING sum(stored) <> 0 OR sum(entries) <> 0 OR sum(catalogues) <> 0
"""


def upgrade() -> None:
    """Create the table and its triggers, count the existing entries, and change the indexes."""
    op.create_table(
        "files_sums",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),  # an owner, a catalogue, or the organisation
        sa.Column("stored", sa.BigInteger, nullable=False),  # bytes of all versions, more or less
        sa.Column("entries", sa.BigInteger, nullable=False),  # entries in a catalogue that are not in the bin
        sa.Column("catalogues", sa.BigInteger, nullable=False),  # those of them that are catalogues
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("files_sums_subject", "files_sums", ["organisation_id", "subject_id"])
    op.execute(_SUMS.format(rows="SELECT e.*, 1 AS way FROM files_entries e"))
    for event, rows in _ROWS.items():
        op.execute(
            f"CREATE FUNCTION files_sum_{event}() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN {_SUMS.format(rows=rows)}; RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER files_entries_sum_{event} AFTER {event.upper()} ON files_entries"
            f" REFERENCING {_TABLES[event]} FOR EACH STATEMENT EXECUTE FUNCTION files_sum_{event}()"
        )
    op.drop_index("files_entries_latest")
    op.drop_index("files_entries_list")
    # Not `kind = 'catalogue'`: no index serves its negation.
    range_ = sa.text("(CASE WHEN kind = 'catalogue' THEN 0 ELSE 1 END)")
    for name, column in _LISTS.items():
        op.create_index(name, "files_entries", ["organisation_id", "parent_id", range_, column, "id"])
    op.create_index(
        "files_entries_deleted",
        "files_entries",
        ["organisation_id", "owner_id", "binned_at"],
        postgresql_where=sa.text("binned_with = id"),
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("files_entries_deleted", *_LISTS):
        op.drop_index(name, "files_entries")
    is_catalogue = sa.text("(kind = 'catalogue')")
    op.create_index("files_entries_list", "files_entries", ["organisation_id", "parent_id", is_catalogue, "rank", "id"])
    op.create_index("files_entries_latest", "files_entries", ["organisation_id", "parent_id", "changed_at"])
    for event in _ROWS:
        op.execute(f"DROP TRIGGER files_entries_sum_{event} ON files_entries")
        op.execute(f"DROP FUNCTION files_sum_{event}()")
    op.drop_table("files_sums")
