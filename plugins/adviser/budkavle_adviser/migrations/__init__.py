"""The history of the tables of the adviser (Alembic)."""
