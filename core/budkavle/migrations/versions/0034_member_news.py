"""Members of mailboxes choose what they are told of; what somebody chose for the own inbox moves there."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and move the preference `mail_notices` where somebody wants no mail."""
    op.create_table(
        "notice_choices",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("way", sa.Text, nullable=False),
        sa.Column("pace", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "mailbox_id", "user_id", "way"),
    )
    op.create_index(
        "notice_choices_on", "notice_choices", ["organisation_id"], postgresql_where=sa.text("pace <> 'off'")
    )
    op.create_table(
        "member_news",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("user_id", sa.Uuid, nullable=False),
        sa.Column("way", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("thing_id", sa.Uuid, nullable=False),
        sa.Column("mailbox_id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.Uuid, nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "user_id", "way", "kind", "thing_id"),
    )
    op.create_index("member_news_due", "member_news", ["organisation_id", "due_at"])
    op.execute(
        "INSERT INTO notice_choices (organisation_id, mailbox_id, user_id, way, pace)"
        " SELECT u.organisation_id, b.id, u.id, 'mail', 'off' FROM users u"
        " JOIN mailboxes b ON b.organisation_id = u.organisation_id AND b.owner_id = u.id"
        " WHERE u.preferences -> 'mail_notices' = 'false'"
    )
    op.execute("UPDATE users SET preferences = preferences - 'mail_notices' WHERE preferences ? 'mail_notices'")


def downgrade() -> None:
    """Take the tables away; whoever chose no mail of the own inbox keeps that."""
    op.execute(
        "UPDATE users u SET preferences = u.preferences || jsonb_build_object('mail_notices', false)"
        " FROM notice_choices n JOIN mailboxes b ON b.organisation_id = n.organisation_id AND b.id = n.mailbox_id"
        " WHERE n.organisation_id = u.organisation_id AND n.user_id = u.id AND b.owner_id = u.id"
        " AND n.way = 'mail' AND n.pace = 'off'"
    )
    op.drop_table("member_news")
    op.drop_table("notice_choices")
