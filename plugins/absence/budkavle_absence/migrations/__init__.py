"""The history of the tables of absence (Alembic)."""
