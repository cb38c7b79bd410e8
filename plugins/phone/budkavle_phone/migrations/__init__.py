"""The history of the tables of the phone plugin (Alembic)."""
