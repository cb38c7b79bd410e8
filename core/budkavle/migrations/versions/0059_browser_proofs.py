"""What binds a session to its browser: the seeds of a secret that rotates, and when it did.

A session that is open has none, and is bound by the next page that its browser asks for.
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None
TABLES = ("sessions", "guest_sessions")


def upgrade() -> None:
    """Add the columns; a release that does not know them leaves sessions as they are."""
    for table in TABLES:
        op.add_column(table, sa.Column("proof_seed", sa.LargeBinary))
        op.add_column(table, sa.Column("proof_seed_before", sa.LargeBinary))
        op.add_column(table, sa.Column("proof_rotated_at", sa.DateTime(timezone=True)))
        op.add_column(table, sa.Column("proof_shown_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Take them away; sessions go on, bound by nothing."""
    for table in TABLES:
        for name in ("proof_shown_at", "proof_rotated_at", "proof_seed_before", "proof_seed"):
            op.drop_column(table, name)
