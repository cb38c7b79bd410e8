"""The plugin's table, as the migrations make it."""

import sqlalchemy as sa

metadata = sa.MetaData()
teams_tokens = sa.Table(
    "teams_tokens",
    metadata,
    sa.Column("hash", sa.LargeBinary, primary_key=True),
    sa.Column("browser", sa.LargeBinary, nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
)
