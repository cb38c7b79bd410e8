"""The history of the tables of the plugin log_control (Alembic)."""
