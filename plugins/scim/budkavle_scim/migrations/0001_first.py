"""Tokens; a directory's data on users and groups; rules of groups, and what they have given."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Finds the organisation of a token, before the organisation is known. Runs as the owner, past row-level security.
_WHOSE = """
CREATE FUNCTION scim_of_token(hash bytea) RETURNS TABLE (organisation_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT t.organisation_id FROM scim_tokens t WHERE t.hash = scim_of_token.hash
$$
"""
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables and the function."""
    op.create_table(
        "scim_tokens",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("expires_at", _AT, nullable=False),
        sa.Column("used_at", _AT),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("scim_tokens_hash", "scim_tokens", ["hash"], unique=True)
    op.execute(_WHOSE)
    _resources()
    _rules()


def _resources() -> None:
    op.create_table(
        "scim_users",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid),  # NULL until there is an e-mail address
        sa.Column("made", sa.Boolean, nullable=False),  # whether the directory created the account, or took it over
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("user_key", sa.Text, nullable=False),  # userName, normalised for comparison
        sa.Column("external_id", sa.Text),
        sa.Column("work_email", sa.Text),  # normalised for comparison
        sa.Column("sealed", sa.LargeBinary, nullable=False),  # all data from the directory
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("modified_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("scim_users_name", "scim_users", ["organisation_id", "user_key"], unique=True)
    op.create_index("scim_users_account", "scim_users", ["organisation_id", "account_id"], unique=True)
    op.create_index("scim_users_external", "scim_users", ["organisation_id", "external_id"])
    op.create_index("scim_users_email", "scim_users", ["organisation_id", "work_email"])
    op.create_table(
        "scim_groups",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("name_key", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("modified_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_index("scim_groups_name", "scim_groups", ["organisation_id", "name_key", "id"])
    op.create_index("scim_groups_external", "scim_groups", ["organisation_id", "external_id"])
    op.create_table(
        "scim_members",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("group_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "group_id", "user_id"),
        _foreign("group_id", "scim_groups"),
        _foreign("user_id", "scim_users"),
    )
    op.create_index("scim_members_user", "scim_members", ["organisation_id", "user_id"])


def _rules() -> None:
    op.create_table(
        "scim_rules",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("group_id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),  # the nil UUID if it gives a role
        sa.Column("administrator", sa.Boolean, nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        _foreign("group_id", "scim_groups"),
    )
    columns = ["organisation_id", "group_id", "mailbox_id"]
    op.create_index("scim_rules_once", "scim_rules", columns, unique=True)
    op.create_table(
        "scim_grants",  # what rules have given, so that no more than that is taken away
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),  # the nil UUID for the role
        sa.Column("administrator", sa.Boolean, nullable=False),
        sa.Column("before", sa.Text, nullable=False),  # the account's earlier level: none, member or administrator
        sa.PrimaryKeyConstraint("organisation_id", "account_id", "mailbox_id"),
    )
    op.create_index("scim_grants_mailbox", "scim_grants", ["organisation_id", "mailbox_id"])


def _foreign(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation_id", column], [f"{table}.organisation_id", f"{table}.id"], ondelete="CASCADE"
    )


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP FUNCTION scim_of_token(bytea)")
    for table in ("grants", "rules", "members", "groups", "users", "tokens"):
        op.drop_table(f"scim_{table}")
