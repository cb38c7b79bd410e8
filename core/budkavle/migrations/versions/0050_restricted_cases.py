"""The policies of restricted cases ask a small table, and a column of the cases."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the column, and keep them in step with who is named; `secure` makes the policies anew."""
    op.create_table(
        "restricted_cases",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("readers", ARRAY(sa.Text), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "case_id"),
    )
    op.add_column("cases", sa.Column("readers", ARRAY(sa.Text)))
    op.execute((Path(__file__).parent / "0050_restricted_cases.sql").read_text("utf-8"))


def downgrade() -> None:
    """Take them away, and with them the policies; the functions of before come back."""
    for trigger in ("case_readers_added", "case_readers_removed"):
        op.execute(f"DROP TRIGGER {trigger} ON case_readers")
    op.execute("DROP FUNCTION keep_case_readers()")
    op.execute("DROP POLICY IF EXISTS readers ON cases")
    op.drop_column("cases", "readers")
    op.execute("DROP TABLE restricted_cases CASCADE")
    for former in ("0041_restricted.sql", "0048_restricted_approvals.sql"):
        sql = (Path(__file__).parent / former).read_text("utf-8")
        op.execute(sql.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
