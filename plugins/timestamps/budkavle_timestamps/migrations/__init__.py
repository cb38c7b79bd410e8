"""The history of the tables of timestamps (Alembic)."""
