"""A few mailboxes, cases, sessions or drafts are found by an index, where all of the organisation were read before."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

_INDEXES = {
    "mailboxes_functions": ("mailboxes", ["organisation_id", "name"], "kind = 'function' AND deleted_at IS NULL"),
    "mailboxes_default": ("mailboxes", ["organisation_id"], "is_default AND deleted_at IS NULL"),
    "mailboxes_deleted": ("mailboxes", ["organisation_id", "deleted_at"], "deleted_at IS NOT NULL"),
    "mailboxes_owner": ("mailboxes", ["organisation_id", "owner_id"], "owner_id IS NOT NULL"),
    "cases_open": ("cases", ["organisation_id", "mailbox_id", "holder_id"], "state = 'open'"),
    "cases_binned": ("cases", ["organisation_id", "binned_at"], "state = 'binned'"),
    "kept_drafts_message": ("kept_drafts", ["organisation_id", "message_id"], "message_id IS NOT NULL"),
    "kept_drafts_planned": ("kept_drafts", ["organisation_id", "mailbox_id"], "send_as IS NOT NULL"),
    "sessions_user": ("sessions", ["organisation_id", "user_id"], None),
}
"""Of each index its table, its columns, and which rows it holds, where not all."""


def upgrade() -> None:
    """Make them."""
    for name, (table, columns, where) in _INDEXES.items():
        op.create_index(name, table, columns, postgresql_where=None if where is None else sa.text(where))


def downgrade() -> None:
    """Do without them, as before."""
    for name, (table, _, _) in _INDEXES.items():
        op.drop_index(name, table)
