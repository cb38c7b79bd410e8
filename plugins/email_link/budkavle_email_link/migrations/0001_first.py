"""Links, notices to registered users, and the outbox of development."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_FUNCTIONS = ("email_link_find(bytea)", "email_link_bounced(bytea)", "email_link_due(integer)")

# A link is opened before anybody knows whose it is. These run as the owner, past row-level security; who has no
# token learns nothing.
_FIND = """
CREATE FUNCTION email_link_find(wanted bytea)
RETURNS TABLE (organisation_id uuid, delivery_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT l.organisation_id, l.delivery_id FROM email_link_links l WHERE l.token_hash = wanted
$$
"""
_BOUNCED = """
CREATE FUNCTION email_link_bounced(wanted bytea)
RETURNS TABLE (organisation_id uuid, delivery_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT l.organisation_id, l.delivery_id FROM email_link_links l WHERE l.bounce_hash = wanted
$$
"""
# What a job has to look at, over all organisations: `kind` is remind, over or notice.
_DUE = """
CREATE FUNCTION email_link_due(most integer)
RETURNS TABLE (kind text, organisation_id uuid, id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    (SELECT 'over', l.organisation_id, l.delivery_id FROM email_link_links l
     WHERE l.over_at IS NULL AND l.expires_at <= now() ORDER BY l.expires_at LIMIT most)
    UNION ALL
    (SELECT 'remind', l.organisation_id, l.delivery_id FROM email_link_links l
     WHERE l.remind_at <= now() AND l.over_at IS NULL AND l.expires_at > now() ORDER BY l.remind_at LIMIT most)
    UNION ALL
    (SELECT 'notice', n.organisation_id, n.message_id FROM email_link_notices n
     WHERE n.due_at <= now() ORDER BY n.due_at LIMIT most)
$$
"""


def upgrade() -> None:
    """Make them."""
    _make_links()
    op.create_table(
        "email_link_notices",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "message_id"),
    )
    op.create_index("email_link_notices_due", "email_link_notices", ["due_at"])
    op.create_table(
        "email_link_outbox",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for function in (_FIND, _BOUNCED, _DUE):
        op.execute(function)


def downgrade() -> None:
    """Take them away."""
    for function in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    for table in ("email_link_outbox", "email_link_notices", "email_link_links"):
        op.drop_table(table)


def _make_links() -> None:
    op.create_table(
        "email_link_links",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("bounce_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("organisation_id", "delivery_id"),
        sa.UniqueConstraint("token_hash"),
        sa.UniqueConstraint("bounce_hash"),
    )
    waiting = sa.text("over_at IS NULL")
    op.create_index("email_link_links_over", "email_link_links", ["expires_at"], postgresql_where=waiting)
    op.create_index("email_link_links_remind", "email_link_links", ["remind_at"], postgresql_where=waiting)
