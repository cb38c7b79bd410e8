"""Files of plugins may come in pieces, over a line that breaks."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns and the table."""
    op.add_column("owned_files", sa.Column("received", sa.BigInteger))
    op.add_column("owned_files", sa.Column("fence", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("owned_files", sa.Column("writing", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "owned_file_pieces",
        sa.Column("organisation_id", sa.Uuid, nullable=False),
        sa.Column("file_id", sa.Uuid, nullable=False),
        sa.Column("start", sa.BigInteger, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("blob", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "file_id", "start"),
    )


def downgrade() -> None:
    """Take them away; files in pieces can no longer be read."""
    op.drop_table("owned_file_pieces")
    for column in ("writing", "fence", "received"):
        op.drop_column("owned_files", column)
