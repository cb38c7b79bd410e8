"""The history of the tables of the plugin economy (Alembic)."""
