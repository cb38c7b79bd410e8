"""What a way to sign in is worth: at which level it was bound, by whom, and whether it is confirmed.

Beside it: passwords that are valid once, and when somebody was signed out everywhere.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ENTERED = """
CREATE TEMPORARY TABLE entered ON COMMIT DROP AS
SELECT i.organisation_id, i.user_id FROM identities i JOIN (
    SELECT DISTINCT ON (a.organisation_id, a.entry::jsonb ->> 'thing')
        a.organisation_id, a.entry::jsonb ->> 'thing' AS whose, a.entry::jsonb -> 'actor' ->> 'id' AS by
    FROM audit_log a
    WHERE a.kind = 'user.method-added' AND a.entry::jsonb -> 'facts' ->> 'method' = 'personnummer'
    ORDER BY a.organisation_id, a.entry::jsonb ->> 'thing', a.number DESC
) said ON said.organisation_id = i.organisation_id AND said.whose = i.user_id::text
WHERE i.provider = 'personnummer' AND said.by IS DISTINCT FROM said.whose
"""
"""Accounts whose personnummer somebody else than their person has entered: the event log tells who did it last."""


_KEEP = """
UPDATE identities i SET confirmed_at = i.created_at
FROM entered e WHERE e.organisation_id = i.organisation_id AND e.user_id = i.user_id
"""
_SAY = "UPDATE identities SET source = 'admin' WHERE provider = 'personnummer' AND confirmed_at IS NOT NULL"
_LOWER = """
UPDATE sessions s SET loa = 2 WHERE s.loa > 2 AND NOT EXISTS (
    SELECT FROM entered e WHERE e.organisation_id = s.organisation_id AND e.user_id = s.user_id)
"""


def upgrade() -> None:
    """Add the columns, and judge what is there already.

    A way keeps its level where an administrator has entered the account's personnummer. Others are worth level 2, what
    a password gives, until an administrator confirms them; sessions that came by them follow. Counts of failed
    sign-ins begin anew, since their old keys could be tried out.
    """
    for table, column in _columns():
        op.add_column(table, column)
    op.execute(sa.text(_ENTERED.replace(":", r"\:")))
    for statement in (_KEEP, _SAY, _LOWER):
        op.execute(statement)
    op.execute("DELETE FROM attempts")
    op.execute("DROP FUNCTION find_identities(bytea)")
    op.execute(_text("0007_functions.sql"))


def downgrade() -> None:
    """Take them away."""
    op.execute("DROP FUNCTION find_identities(bytea)")
    op.execute(_text("0002_functions.sql"))
    for table, column in _columns():
        op.drop_column(table, column.name)


def _text(name: str) -> sa.TextClause:
    return sa.text(Path(__file__).with_name(name).read_text(encoding="utf-8").replace(":", r"\:"))


def _columns() -> "list[tuple[str, sa.Column[object]]]":
    return [
        ("identities", sa.Column("loa", sa.Integer(), server_default="2", nullable=False)),
        ("identities", sa.Column("source", sa.Text(), server_default="self", nullable=False)),
        ("identities", sa.Column("bound_by", sa.Uuid(), nullable=True)),
        ("identities", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True)),
        ("identities", sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True)),
        ("identities", sa.Column("name", sa.LargeBinary(), nullable=True)),
        ("users", sa.Column("password_until", sa.DateTime(timezone=True), nullable=True)),
        ("users", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True)),
    ]
