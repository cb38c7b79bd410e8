"""The rules for sending faxes move to the core's settings; existing choices are handed over."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Hand them over; `budkavle migrate` reads the table and drops it."""
    op.execute(
        "CREATE TABLE fax_moved_settings AS SELECT organisation_id, 'rules' AS section, jsonb_build_object("
        "'from_hour', from_hour, 'to_hour', to_hour, 'weekdays', weekdays, 'note', note) AS chosen"
        " FROM fax_organisations"
    )
    op.drop_table("fax_organisations")


def downgrade() -> None:
    """Create the table again, empty: settings that were handed over stay with the core."""
    op.create_table(
        "fax_organisations",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("from_hour", sa.Integer, nullable=False),
        sa.Column("to_hour", sa.Integer, nullable=False),
        sa.Column("weekdays", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id"),
    )
