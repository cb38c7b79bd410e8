"""The history of the tables of the plugin records (Alembic). One chain for all parts of the plugin."""
