"""The two roles and the database of an installation in the embedded server."""

from psycopg.sql import SQL, Identifier

from budkavle.storage.embedded import EmbeddedServer

APP_ROLE = "budkavle_app"
"""The working role: web, worker and commands."""
OWNER_ROLE = "budkavle_owner"
"""The role that owns the tables and makes the roles of plugins."""
_CREATE_ROLE = SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS")
_MAKES_ROLES = "SELECT 1 FROM pg_roles WHERE rolname = %s AND rolcreaterole"
_LET_MAKE_ROLES = SQL("ALTER ROLE {} CREATEROLE")
"""The owner makes the roles of plugins."""
_CREATE_DATABASE = SQL("CREATE DATABASE {} OWNER {}")


def prepare(server: EmbeddedServer, name: str) -> None:
    """Create the two roles and the database if they are missing; safe for several processes at once."""
    with server.connect() as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        for role in (OWNER_ROLE, APP_ROLE):
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
                connection.execute(_CREATE_ROLE.format(Identifier(role)))
        if not connection.execute(_MAKES_ROLES, (OWNER_ROLE,)).fetchone():
            connection.execute(_LET_MAKE_ROLES.format(Identifier(OWNER_ROLE)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            connection.execute(_CREATE_DATABASE.format(Identifier(name), Identifier(OWNER_ROLE)))
