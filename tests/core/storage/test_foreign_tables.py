"""What is in the schema beside our tables: it hinders nobody, and where it has a name of ours a sentence says so."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from budkavle.model.errors import Misconfigured
from budkavle.storage.database import Database
from budkavle.storage.database.health import judge_tables
from budkavle.storage.database.installation_roles import prepare
from budkavle.storage.embedded import EmbeddedServer
from budkavle.storage.platform import Platform
from budkavle.testing.databases import Databases

THEIRS = (
    "CREATE TABLE public.theirs (n serial)",
    "CREATE TABLE public.theirs_by_organisation (organisation_id uuid, case_id uuid)",
    "CREATE TABLE public.theirs_in_parts (organisation_id uuid) PARTITION BY HASH (organisation_id)",
    "CREATE TABLE public.alembic_version_theirs (version_num text)",
    "CREATE MATERIALIZED VIEW public.theirs_drawn AS SELECT 1 AS organisation_id",
    "CREATE VIEW public.theirs_listed AS SELECT * FROM public.theirs",
    "CREATE FOREIGN DATA WRAPPER nowhere",
    "CREATE SERVER elsewhere FOREIGN DATA WRAPPER nowhere",
    "CREATE FOREIGN TABLE public.theirs_elsewhere (organisation_id uuid) SERVER elsewhere",
    "CREATE FUNCTION public.theirs() RETURNS integer LANGUAGE sql RETURN 1",
)
"""What an administrator may have laid beside our tables, some of it as ours looks."""


@pytest.mark.feature("ZO11")
def test_what_belongs_to_somebody_else_is_left_alone(
    budkavle_platform: Platform, budkavle_server: EmbeddedServer
) -> None:
    """Tables of the database's administrator hinder no migration, and nobody gets a right to them."""
    database = budkavle_platform.database
    with database.transaction(None) as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
    with budkavle_server.connect(name) as administrator:
        for statement in THEIRS:
            administrator.execute(statement)  # type: ignore[call-overload]
    database.migrate()
    assert judge_tables(database, ()).ok
    with pytest.raises(ProgrammingError, match="permission denied"), database.transaction(None) as connection:
        connection.execute(text("SELECT * FROM theirs"))
    with database.owner() as engine, engine.connect() as connection:
        secured = "SELECT relrowsecurity FROM pg_class WHERE relname LIKE 'theirs%'"
        assert not any(connection.execute(text(secured)).scalars())


@pytest.fixture
def empty(budkavle_server: EmbeddedServer, budkavle_databases: Databases) -> Iterator[tuple[str, Database]]:
    """The name of a database in which there is nothing yet, and our way to it."""
    name = f"foreign_{uuid4().hex}"
    prepare(budkavle_server, name)
    urls = budkavle_databases.urls(name)
    database = Database(str(urls.url), urls.owner_url)
    yield name, database
    database.close()
    with budkavle_server.connect() as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def lay(server: EmbeddedServer, name: str, statement: str) -> None:
    """Do something in a database as its administrator."""
    with server.connect(name) as administrator:
        administrator.execute(statement)  # type: ignore[call-overload]


def tables(server: EmbeddedServer, name: str) -> set[str]:
    """The tables of a database, whosever they are."""
    connection: psycopg.Connection[tuple[str]]
    with server.connect(name) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {table for (table,) in rows}


@pytest.mark.feature("ZO11")
def test_somebody_elses_history_is_told(budkavle_server: EmbeddedServer, empty: tuple[str, Database]) -> None:
    """Another program's `alembic_version` is read by neither `migrate` nor `migrate --check`, which say so."""
    name, database = empty
    lay(budkavle_server, name, "CREATE TABLE public.alembic_version (version_num text)")
    with pytest.raises(Misconfigured, match="finns redan alembic_version, som tillhör någon annan"):
        database.migrate()
    with pytest.raises(Misconfigured, match="finns redan alembic_version, som tillhör någon annan"):
        judge_tables(database, ())


@pytest.mark.feature("ZO11")
@pytest.mark.parametrize(
    "statement", ["CREATE TABLE public.cases (id integer)", "CREATE VIEW public.messages AS SELECT 1 AS id"]
)
def test_a_name_that_somebody_else_has_taken_is_told(
    statement: str, budkavle_server: EmbeddedServer, empty: tuple[str, Database]
) -> None:
    """The migration ends with a sentence that names it, and has changed nothing."""
    name, database = empty
    lay(budkavle_server, name, statement)
    before = tables(budkavle_server, name)
    with pytest.raises(Misconfigured, match=f"finns redan {statement.split()[2].removeprefix('public.')},"):
        database.migrate()
    assert tables(budkavle_server, name) == before
