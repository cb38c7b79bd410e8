"""The history of the tables of the Teams plugin (Alembic)."""
