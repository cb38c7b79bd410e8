"""Entries of the event log are written without a lock, and numbered and linked afterwards."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of what waits, and the functions; `audit_append` stays for processes that still run."""
    op.create_table(
        "audit_pending",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.execute((Path(__file__).parent / "0049_event_log_chaining.sql").read_text("utf-8"))


def downgrade() -> None:
    """Chain what waits, and take the functions and the table away."""
    op.execute("SELECT audit_chain(w.organisation_id, 2000000000, true) FROM organisations_to_chain() AS w")
    op.execute("DROP FUNCTION organisations_to_chain()")
    op.execute("DROP FUNCTION audit_chain(uuid, integer, boolean)")
    op.execute("DROP FUNCTION audit_write(uuid, timestamptz, text, text)")
    op.drop_table("audit_pending")
    for former in ("0025_removals.sql", "0037_news.sql"):
        sql = (Path(__file__).parent / former).read_text("utf-8")
        op.execute(sql.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
