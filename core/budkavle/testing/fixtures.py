"""pytest's fixtures, loaded by pytest itself where Budkavle is installed.

| fixture | what |
|---|---|
| `budkavle_server` | one embedded PostgreSQL for the whole run (each xdist worker has its own) |
| `budkavle_databases` | the databases in it: `take` one, `give_back` what is done with |
| `budkavle_settings` | settings with a fresh, migrated database and a data folder of the test's own |
| `budkavle_database` | that database |
| `budkavle_open` | `budkavle_open(enabled=["fax"], plugins={"fax": {...}})` builds an installation with plugins |
| `budkavle_platform` | an installation without plugins |
| `budkavle_organisation` | an organisation with its keys in `budkavle_platform` |
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

# pytest loads this file wherever Budkavle is installed: what is heavy is imported where a fixture is asked for.
if TYPE_CHECKING:
    from budkavle.model.people import Organisation
    from budkavle.plugins.loader import Installed
    from budkavle.settings import Settings
    from budkavle.storage.database import Database
    from budkavle.storage.embedded import EmbeddedServer
    from budkavle.storage.platform import Platform
    from budkavle.testing.databases import Databases


@pytest.fixture(scope="session")
def budkavle_server() -> "Iterator[EmbeddedServer]":
    """Run one PostgreSQL for all tests."""
    from budkavle.storage.embedded import EmbeddedServer

    folder = Path(tempfile.mkdtemp(prefix="budkavle-test-"))
    server = EmbeddedServer(folder / "postgres", durable=False)
    server.join()
    try:
        yield server
    finally:
        server.leave()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def budkavle_databases(budkavle_server: "EmbeddedServer") -> "Databases":
    """The databases of this server, migrated and empty; each test takes one and gives it back."""
    from budkavle.testing.databases import Databases

    return Databases(budkavle_server)


@pytest.fixture
def budkavle_settings(budkavle_databases: "Databases", tmp_path: Path) -> "Iterator[Settings]":
    """Settings with a database of the test's own."""
    from budkavle.settings import Settings

    name = budkavle_databases.take()
    yield Settings(data=tmp_path / "data", database=budkavle_databases.urls(name), undo_seconds=0)
    budkavle_databases.give_back(name)


@pytest.fixture(scope="session")
def budkavle_furnished(budkavle_databases: "Databases") -> "Callable[[Platform], None]":
    """Give an installation's fresh database the tables of its plugins, migrated once for each set of them."""

    def furnish(platform: "Platform") -> None:
        if plugins := tuple(sorted(platform.plugins.migrations())):
            budkavle_databases.furnish(urlsplit(platform.settings.database.url or "").path.lstrip("/"), plugins)

    return furnish


@pytest.fixture
def budkavle_database(budkavle_settings: "Settings") -> "Iterator[Database]":
    """The database of the test, migrated and empty."""
    from budkavle.storage.database import Database

    with closing(Database.open(budkavle_settings)) as database:
        yield database


@pytest.fixture
def budkavle_open(
    budkavle_settings: "Settings", budkavle_furnished: "Callable[[Platform], None]"
) -> "Iterator[Callable[..., Platform]]":
    """Build installations with the settings given by name, their plugins started and migrated.

    `offers` adds plugins of the test's own to those that are installed; see `budkavle.testing.offer`.
    """
    from msgspec.structs import replace

    from budkavle.host import build
    from budkavle.plugins.loader import installed

    used: list[Platform] = []
    with ExitStack() as opened:

        def build_one(offers: "Mapping[str, Sequence[Installed]] | None" = None, **changes: Any) -> "Platform":
            settings = replace(budkavle_settings, **changes)
            platform = opened.enter_context(closing(build(settings, installed() | dict(offers or {}))))
            if not used and platform.settings.database == budkavle_settings.database:
                budkavle_furnished(platform)
            else:
                platform.database.migrate(platform.plugins.migrations())
            used.append(platform)
            return platform

        yield build_one


@pytest.fixture
def budkavle_platform(budkavle_settings: "Settings") -> "Iterator[Platform]":
    """An installation without plugins."""
    from budkavle.storage.platform import open_platform

    with closing(open_platform(budkavle_settings)) as platform:
        yield platform


@pytest.fixture
def budkavle_organisation(budkavle_platform: "Platform") -> "Organisation":
    """An organisation with its keys."""
    from sqlalchemy import insert

    from budkavle.model.people import Organisation
    from budkavle.storage.tables import organisations

    made = Organisation(uuid4(), "Exempelstad", "exempelstad")
    with budkavle_platform.database.transaction(made.id) as connection:
        values = {"id": made.id, "name": made.name, "slug": made.slug, "created_at": datetime.now(UTC)}
        connection.execute(insert(organisations).values(values))
        budkavle_platform.vault.create_organisation_key(connection, made.id)
    return made
