"""The history of the disclosure plugin's tables (Alembic)."""
