"""The shelf in a separate PostgreSQL database, for several hosts without a shared folder."""

import contextlib
from collections.abc import Collection, Iterator, Mapping

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    create_engine,
    delete,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from budkavle.model.errors import Misconfigured
from budkavle.storage.database.connections import libpq_words
from budkavle.storage.keys import KeysUnavailable

LOCK = 0x6275646B61766C65
"""The number of the advisory lock under which the tables are written."""
LOST_SECONDS = 10.0
CONNECT_SECONDS = "3"
_WRONG = "key_store.url går inte att läsa. Den ska se ut som postgresql://budkavle_nycklar:lösenord@värd/nycklar."
_AWAY = "Nyckellagrets databas ({place}) svarar inte, så inget krypterat kan läsas eller skrivas."

tables = MetaData()
roots = Table(
    "key_store_root",
    tables,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("stamp", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
blocks_table = Table(
    "key_store_blocks",
    tables,
    Column("name", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)


class PostgresShelf:
    """A shelf in two tables, which are created when something is first written.

    Args:
        url: The database and its role, which owns the tables.

    Raises:
        Misconfigured: The URL cannot be read.
    """

    def __init__(self, url: str) -> None:
        try:
            parts = conninfo_to_dict(libpq_words(url, LOST_SECONDS)) | {"connect_timeout": CONNECT_SECONDS}
        except Misconfigured as error:
            raise Misconfigured(_WRONG) from error
        address = make_conninfo("", **parts)
        self.place = f"{parts.get('host') or 'localhost'}/{parts.get('dbname') or ''}"
        self._engine: Engine = create_engine(
            "postgresql+psycopg://", creator=lambda: psycopg.connect(address), pool_size=2, pool_pre_ping=True
        )
        self._has_tables = False

    def stamp(self) -> object | None:
        """Return the number of the root."""
        with self._reading() as connection:
            return connection.execute(select(roots.c.stamp)).scalar_one_or_none() if connection else None

    def root(self) -> tuple[object, bytes] | None:
        """Return the root with its number."""
        with self._reading() as connection:
            row = connection.execute(select(roots.c.stamp, roots.c.sealed)).one_or_none() if connection else None
        return (row.stamp, row.sealed) if row else None

    def block(self, name: str) -> bytes | None:
        """Return a block; None if it is gone."""
        query = select(blocks_table.c.sealed).where(blocks_table.c.name == name)
        with self._reading() as connection:
            sealed: bytes | None = connection.execute(query).scalar_one_or_none() if connection else None
        return sealed

    @contextlib.contextmanager
    def writing(self) -> "Iterator[PostgresWriter]":
        """Hold the lock of the tables for one transaction."""
        with self._told(), self._engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
            if not self._has_tables:
                tables.create_all(connection)
            yield PostgresWriter(connection)
        self._has_tables = True

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection | None]:
        with self._told(), self._engine.connect() as connection:
            self._has_tables = self._has_tables or inspect(connection).has_table(roots.name)
            yield connection if self._has_tables else None

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, psycopg.Error) as error:
            raise KeysUnavailable(_AWAY, place=self.place) from error


class PostgresWriter:
    """The tables while their lock is held; changes are committed when the block has ended."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def root(self) -> bytes | None:
        """Return the root; None if there is none yet."""
        sealed: bytes | None = self._connection.execute(select(roots.c.sealed)).scalar_one_or_none()
        return sealed

    def replace(self, root: bytes, blocks: Mapping[str, bytes], gone: Collection[str]) -> None:
        """Write the blocks and the root in the transaction, and remove the blocks that it no longer names."""
        if blocks:
            rows = [{"name": name, "sealed": sealed} for name, sealed in blocks.items()]
            self._connection.execute(insert(blocks_table), rows)
        if self._connection.execute(update(roots).values(stamp=roots.c.stamp + 1, sealed=root)).rowcount == 0:
            self._connection.execute(insert(roots).values(id=1, stamp=1, sealed=root))
        self.remove(gone)

    def names(self) -> set[str]:
        """Return the names of all blocks."""
        return set(self._connection.execute(select(blocks_table.c.name)).scalars())

    def remove(self, names: Collection[str]) -> None:
        """Remove blocks."""
        if names:
            self._connection.execute(delete(blocks_table).where(blocks_table.c.name.in_(list(names))))
