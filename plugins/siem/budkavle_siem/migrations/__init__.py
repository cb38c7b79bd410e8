"""The history of the tables of siem (Alembic)."""
