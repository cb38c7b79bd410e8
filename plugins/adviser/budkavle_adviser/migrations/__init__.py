"""The history of the tables of the SDK transport (Alembic)."""
