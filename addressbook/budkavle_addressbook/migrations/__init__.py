"""The history of the tables of the address book (Alembic)."""
