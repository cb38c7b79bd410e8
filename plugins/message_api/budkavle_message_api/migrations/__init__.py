"""The history of the tables of the API plugin (Alembic)."""
