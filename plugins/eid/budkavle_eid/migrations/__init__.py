"""The history of the tables of the e-identification plugin (Alembic)."""
