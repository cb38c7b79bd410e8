"""The history of the tables of the link plugin (Alembic)."""
