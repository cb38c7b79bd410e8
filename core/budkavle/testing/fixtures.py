"""pytest fixtures, loaded by pytest itself wherever Budkavle is installed.

| fixture | what |
|---|---|
| `budkavle_server` | one embedded PostgreSQL for the whole run (each xdist worker has its own) |
| `budkavle_databases` | the databases in it: `take` one, and `give_back` it afterwards |
| `budkavle_settings` | settings with a fresh, migrated database and a data folder of the test's own |
| `budkavle_database` | that database |
| `budkavle_open` | `budkavle_open(enabled=["fax"], plugins={"fax": {...}})` builds an installation with plugins |
| `budkavle_platform` | an installation without plugins |
| `budkavle_organisation` | an organisation with its keys in `budkavle_platform` |

Those without the prefix share one installation. A folder of tests replaces `platform` in its `conftest.py`, and all the
others then use that installation.

| fixture | what |
|---|---|
| `platform` | the installation; without plugins, unless the folder has its own |
| `organisation` | a `SampleOrganisation` in it |
| `other_organisation` | another one |
| `case_worker`, `colleague` | two members of the organisation's first mailbox |
| `mailbox_administrator` | the administrator of that mailbox |
| `administrator` | the administrator of the organisation, a member of no mailbox |
| `outsider` | a user of the organisation who is a member of no mailbox |
| `other_administrator` | the administrator of the other organisation |
| `mailbox`, `other_mailbox` | the organisation's mailboxes; the other one has no members |
| `browse` | `browse(case_worker)` opens the pages as a signed-in person sees them, `browse()` as a stranger |
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

# pytest loads this file wherever Budkavle is installed, so heavy modules are imported when a fixture is used.
if TYPE_CHECKING:
    from budkavle.model.mailboxes import FunctionMailbox
    from budkavle.model.people import Organisation
    from budkavle.plugins.loader import Installed
    from budkavle.settings import Settings
    from budkavle.storage.database import Database
    from budkavle.storage.embedded import EmbeddedServer
    from budkavle.storage.platform import Platform
    from budkavle.testing.browsing import Browser
    from budkavle.testing.databases import Databases
    from budkavle.testing.organisations import SampleOrganisation, SampleUser


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
def budkavle_databases(budkavle_server: "EmbeddedServer") -> "Iterator[Databases]":
    """The databases of this server, migrated and empty; each test takes one and gives it back."""
    from budkavle.testing.databases import Databases

    with closing(Databases(budkavle_server)) as databases:
        yield databases


@pytest.fixture
def budkavle_settings(
    request: pytest.FixtureRequest, budkavle_databases: "Databases", tmp_path: Path
) -> "Iterator[Settings]":
    """Settings with a database of the test's own."""
    from budkavle.settings import Settings

    has_plugins = "budkavle_open" in request.fixturenames
    name = budkavle_databases.take_as_last(request.path.parent) if has_plugins else budkavle_databases.take()
    yield Settings(data=tmp_path / "data", database=budkavle_databases.urls(name), undo_seconds=0)
    budkavle_databases.give_back(name)


@pytest.fixture(scope="session")
def budkavle_furnished(budkavle_databases: "Databases") -> "Callable[[Platform], None]":
    """Give an installation's fresh database the tables of its plugins, migrated once for each set of them."""

    def furnish(platform: "Platform") -> None:
        plugins = tuple(sorted(platform.plugins.migrations()))
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

    `offers` adds plugins of the test's own to the installed ones; see `budkavle.testing.offer`.
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


@pytest.fixture
def platform(budkavle_platform: "Platform") -> "Platform":
    """The installation of the fixtures below."""
    return budkavle_platform


@pytest.fixture
def organisation(platform: "Platform") -> "SampleOrganisation":
    """An organisation, its people and its mailboxes."""
    from budkavle.testing.organisations import SampleOrganisation

    return SampleOrganisation.create(platform, "Habo").staffed()


@pytest.fixture
def other_organisation(platform: "Platform") -> "SampleOrganisation":
    """An organisation that is unrelated to the first."""
    from budkavle.testing.organisations import OTHER_PEOPLE, SampleOrganisation

    return SampleOrganisation.create(platform, "Mullsjö", people=OTHER_PEOPLE).staffed()


@pytest.fixture
def administrator(organisation: "SampleOrganisation") -> "SampleUser":
    """The administrator of the organisation, a member of no mailbox."""
    return organisation.administrator


@pytest.fixture
def case_worker(organisation: "SampleOrganisation") -> "SampleUser":
    """A member of the mailbox."""
    return organisation.case_worker


@pytest.fixture
def colleague(organisation: "SampleOrganisation") -> "SampleUser":
    """Another member of the mailbox."""
    return organisation.colleague


@pytest.fixture
def mailbox_administrator(organisation: "SampleOrganisation") -> "SampleUser":
    """The administrator of the mailbox, who is also a member."""
    return organisation.mailbox_administrator


@pytest.fixture
def outsider(organisation: "SampleOrganisation") -> "SampleUser":
    """A user of the organisation who is a member of no mailbox."""
    return organisation.outsider


@pytest.fixture
def other_administrator(other_organisation: "SampleOrganisation") -> "SampleUser":
    """The administrator of the other organisation."""
    return other_organisation.administrator


@pytest.fixture
def mailbox(organisation: "SampleOrganisation") -> "FunctionMailbox":
    """The organisation's first mailbox, which is the default one."""
    return organisation.mailbox


@pytest.fixture
def other_mailbox(organisation: "SampleOrganisation") -> "FunctionMailbox":
    """A mailbox without members."""
    return organisation.other_mailbox


@pytest.fixture
def browse(platform: "Platform") -> "Iterator[Callable[..., Browser]]":
    """Open browsers for a signed-in user, or for nobody."""
    from budkavle.testing.browsing import browsing

    with browsing(platform) as browser:
        yield browser
