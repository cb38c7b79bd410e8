"""The history of the records plugin's tables (Alembic). One chain for all parts of the plugin."""
