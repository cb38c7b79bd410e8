"""The history of the tables of meetings (Alembic)."""
