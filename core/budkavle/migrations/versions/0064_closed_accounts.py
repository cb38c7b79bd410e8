"""When an account was closed, and when what it kept of its person was destroyed."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; accounts that are closed already count from now."""
    op.add_column("users", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE users u SET closed_at = message_clock() WHERE NOT u.active AND NOT EXISTS"
        " (SELECT FROM invitations i WHERE i.organisation_id = u.organisation_id AND i.user_id = u.id)"
    )
    kept = sa.text("closed_at IS NOT NULL AND destroyed_at IS NULL")
    op.create_index("users_closed", "users", ["organisation_id", "closed_at"], postgresql_where=kept)
    op.execute(Path(__file__).with_suffix(".sql").read_text("utf-8"))


def downgrade() -> None:
    """Take them away; what has been destroyed does not come back."""
    op.execute("DROP TRIGGER users_closed ON users")
    op.execute("DROP FUNCTION note_account_closing()")
    op.drop_index("users_closed", "users")
    op.drop_column("users", "destroyed_at")
    op.drop_column("users", "closed_at")
