"""What a session keeps of the one at an identity provider, so that signing out reaches from the one to the other.

The hashes are keyed; what the provider needs is sealed. All of it goes with the session.
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; sessions that are open have nothing there."""
    op.add_column("sessions", sa.Column("provider_subject", sa.LargeBinary))
    op.add_column("sessions", sa.Column("provider_session", sa.LargeBinary))
    op.add_column("sessions", sa.Column("provider_kept", sa.LargeBinary))
    op.add_column("sessions", sa.Column("provider_ends_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Take them away; who signs out is then signed out here alone."""
    for name in ("provider_ends_at", "provider_kept", "provider_session", "provider_subject"):
        op.drop_column("sessions", name)
