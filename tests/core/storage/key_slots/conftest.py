"""Key stores for tests: a folder, and a PostgreSQL database of its own."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from psycopg.sql import SQL, Identifier

from budkavle.model.messages import File
from budkavle.storage.embedded import EmbeddedServer
from budkavle.storage.key_slots.folder import FolderShelf
from budkavle.storage.key_slots.postgres import PostgresShelf
from budkavle.storage.key_slots.shelf import Shelf
from budkavle.storage.key_slots.store import KeyStore
from budkavle.testing.organisations import SampleOrganisation

KEY = b"k" * 32


@pytest.fixture
def key_database(budkavle_server: EmbeddedServer) -> Iterator[str]:
    """The URL of a separate database for the key store."""
    name = f"keys_{uuid4().hex}"
    with budkavle_server.connect() as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    yield f"postgresql://postgres@/{name}?host={budkavle_server.socket_folder}"
    with budkavle_server.connect() as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture(params=["folder", "postgres"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], KeyStore]]:
    """Open the same key store as another process would."""
    url = request.getfixturevalue("key_database") if request.param == "postgres" else ""
    opened: list[KeyStore] = []

    def open_one() -> KeyStore:
        shelf: Shelf = PostgresShelf(url) if url else FolderShelf(tmp_path / "key-store")
        opened.append(KeyStore(shelf, lambda: KEY))
        return opened[-1]

    open_one().create()
    yield open_one
    for store in opened:
        with closing(store):
            pass


@pytest.fixture
def case_id(organisation: SampleOrganisation) -> UUID:
    """A case with a message that has a file."""
    return organisation.arrive(files=(File("Vårdplan Åkesson.pdf", "application/pdf", b"%PDF-1.4 hemligt"),))
