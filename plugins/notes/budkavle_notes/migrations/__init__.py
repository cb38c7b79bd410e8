"""The history of the tables of notes (Alembic)."""
