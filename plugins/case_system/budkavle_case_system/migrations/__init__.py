"""The history of the tables of case_system (Alembic)."""
