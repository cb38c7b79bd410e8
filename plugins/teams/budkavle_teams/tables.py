"""The plugin's table, as the migrations make it."""

import sqlalchemy as sa

from budkavle_microsoft_apps import token_table

metadata = sa.MetaData()
teams_tokens = token_table("teams_tokens", metadata)
