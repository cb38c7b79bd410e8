"""The history of the tables of templates (Alembic)."""
