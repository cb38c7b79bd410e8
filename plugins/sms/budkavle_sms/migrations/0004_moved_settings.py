"""Sender, notices and texts are a section of the core's settings; what organisations had chosen is handed over."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Hand it over; `budkavle migrate` takes the table and drops it. Empty meant that nothing was chosen."""
    op.execute(
        "CREATE TABLE sms_moved_settings AS SELECT organisation_id, 'notices' AS section, jsonb_strip_nulls("
        "jsonb_build_object('sender', NULLIF(sender, ''), 'notices', notices,"
        " 'text_sv', NULLIF(text_sv, ''), 'text_en', NULLIF(text_en, ''))) AS chosen"
        " FROM sms_organisations"
    )
    op.drop_table("sms_organisations")


def downgrade() -> None:
    """Make the table again, empty: what has been handed over stays with the core."""
    op.create_table(
        "sms_organisations",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("sender", sa.Text, nullable=False),
        sa.Column("notices", sa.Boolean, nullable=False),
        sa.Column("text_sv", sa.Text, nullable=False),
        sa.Column("text_en", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id"),
    )
