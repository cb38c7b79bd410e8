"""Deliveries know their destination and how urgent they are, so that each destination has a queue of its own.

Workers of the version before claim as they did, somewhat slower.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_NEW = sa.text("state = 'READY_TO_SEND' OR (state = 'WAITING_FOR_RETRY' AND attempt = 0)")


def upgrade() -> None:
    """Add the columns, an index by them in place of the one by time alone, and the functions."""
    op.add_column("deliveries", sa.Column("destination", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("deliveries", sa.Column("priority", sa.SmallInteger(), server_default="1", nullable=False))
    columns = ["transport", "priority", "organisation_id", "destination", "due_at", "id"]
    op.create_index("deliveries_lane", "deliveries", columns, postgresql_where=_NEW)
    op.drop_index("deliveries_new", "deliveries")
    op.execute((Path(__file__).parent / "0045_destinations.sql").read_text("utf-8"))


def downgrade() -> None:
    """Take them away; workers of this version must have been stopped."""
    op.execute("DROP FUNCTION list_lane(text)")
    op.execute(
        "DROP FUNCTION claim_lane_v3(text, integer, interval, smallint[], uuid[], bigint[], integer[], bigint[])"
    )
    op.create_index("deliveries_new", "deliveries", ["transport", "due_at", "id"], postgresql_where=_NEW)
    op.drop_index("deliveries_lane", "deliveries")
    op.drop_column("deliveries", "priority")
    op.drop_column("deliveries", "destination")
