"""The history of the tables of files (Alembic)."""
