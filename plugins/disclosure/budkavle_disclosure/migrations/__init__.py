"""The history of the tables of the plugin disclosure (Alembic)."""
