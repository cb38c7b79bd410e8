"""The plugin's table, as the migrations create it."""

import sqlalchemy as sa

from budkavle_microsoft_apps import token_table

metadata = sa.MetaData()
outlook_tokens = token_table("outlook_tokens", metadata)
