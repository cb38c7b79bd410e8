"""An event log is removed only in a transaction of its own organisation."""

from pathlib import Path

from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

_CHECK = """    IF organisation IS DISTINCT FROM NULLIF(current_setting('budkavle.organisation', true), '')::uuid THEN
        RAISE insufficient_privilege USING MESSAGE = 'the event log belongs to another organisation';
    END IF;
"""


def upgrade() -> None:
    """Replace the function; its rights stay."""
    op.execute(_sql())


def downgrade() -> None:
    """Let it be called from elsewhere again."""
    op.execute(_sql().replace(_CHECK, ""))


def _sql() -> str:
    return Path(__file__).with_suffix(".sql").read_text("utf-8")
