"""Sender, notices and texts move to the core's settings; existing choices are handed over."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Hand them over; `budkavle migrate` reads the table and drops it. An empty value meant no choice."""
    op.execute(
        "CREATE TABLE sms_moved_settings AS SELECT organisation_id, 'notices' AS section, jsonb_strip_nulls("
        "jsonb_build_object('sender', NULLIF(sender, ''), 'notices', notices,"
        " 'text_sv', NULLIF(text_sv, ''), 'text_en', NULLIF(text_en, ''))) AS chosen"
        " FROM sms_organisations"
    )
    op.drop_table("sms_organisations")


def downgrade() -> None:
    """Create the table again, empty: settings that were handed over stay with the core."""
    op.create_table(
        "sms_organisations",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("notices", sa.Boolean, nullable=False),
        sa.Column("text_sv", sa.Text, nullable=False),
        sa.Column("text_en", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id"),
    )
