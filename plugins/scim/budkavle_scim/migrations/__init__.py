"""The history of the tables of scim (Alembic)."""
