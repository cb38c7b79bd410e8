"""The history of the tables of the SMS plugin (Alembic)."""
