"""The names of the tables of a database."""

from sqlalchemy import text

from budkavle.storage.database import Database


def tables(database: Database) -> set[str]:
    with database.owner() as engine, engine.connect() as connection:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        return set(connection.execute(text(query)).scalars())
