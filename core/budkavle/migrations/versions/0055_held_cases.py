"""A case that is opened by a held message waits for the index of searches once the message can be read, and not before.

Its release changes how many messages it has, which marks it; until then there is nothing to write.
"""

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_TRIGGER = """
CREATE OR REPLACE TRIGGER cases_searched_opened AFTER INSERT ON cases FOR EACH ROW
{condition} EXECUTE FUNCTION mark_searched_case()
"""


def upgrade() -> None:
    """Pass over cases without messages."""
    op.execute(_TRIGGER.format(condition="WHEN (NEW.messages > 0)"))


def downgrade() -> None:
    """Mark every case as it is opened."""
    op.execute(_TRIGGER.format(condition=""))
