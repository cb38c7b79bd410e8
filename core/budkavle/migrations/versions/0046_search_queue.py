"""What waits for the index of searches is found organisation by organisation, without reading the whole table."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make an index by organisation, and let the function step through it."""
    op.create_index(
        "search_cases_due",
        "search_cases",
        ["organisation_id", "marked_at"],
        postgresql_where=sa.text("mark <> done"),
    )
    op.execute(sa.text(Path(__file__).with_name("0046_search_queue.sql").read_text("utf-8").replace(":", r"\:")))
    op.drop_index("search_cases_waiting", "search_cases")


def downgrade() -> None:
    """Give the index back; the function goes on as it is, by the other one."""
    op.create_index(
        "search_cases_waiting",
        "search_cases",
        ["marked_at", "organisation_id"],
        postgresql_where=sa.text("mark <> done"),
    )
    op.drop_index("search_cases_due", "search_cases")
