"""Databases that look new to each test.

Creating a database takes hundreds of files, and removing it as many. So after a test its database is emptied and
reused by the next one; if the test changed more than rows, its database is dropped.
"""

from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.pq import ConnStatus
from psycopg.sql import SQL, Composed, Identifier

from budkavle.settings import DatabaseSettings
from budkavle.storage.database.connections import Database
from budkavle.storage.database.installation_roles import APP_ROLE, OWNER_ROLE, prepare
from budkavle.storage.embedded import EmbeddedServer
from budkavle.testing.databases.kept_connections import KEPT

Histories = tuple[tuple[str, Path], ...]
"""The names of plugins and the folders of their migrations."""

_TABLES = """\
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"""
_FIRST_OWN = 16_384
"""The first object id that PostgreSQL assigns outside of its own catalogue."""
_CATALOGS = {"pg_attribute": "attrelid", "pg_index": "indexrelid"} | dict.fromkeys(
    ("pg_attrdef", "pg_class", "pg_constraint", "pg_namespace", "pg_policy", "pg_proc", "pg_trigger", "pg_type"), "oid"
)
_COUNTED = SQL("SELECT {catalog}::text, count(*), max(xmin::text::bigint) FROM {table} WHERE {key} >= {first}")
_DEFINED = SQL(" UNION ALL ").join(
    _COUNTED.format(catalog=name, table=Identifier(name), key=Identifier(key), first=_FIRST_OWN)
    for name, key in _CATALOGS.items()
)
"""The objects defined since, and the last transaction that changed them."""
_CONTENT = SQL("SELECT {name}::text, md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {table} t")
_ALONE = """\
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = ANY(%s) AND pid <> ALL(%s) AND pid <> pg_backend_pid()"""
_BACK = "SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence"


@dataclass(frozen=True)
class _Template:
    """A template database: its definitions, and its initial content."""

    name: str
    defined: list[Any]
    content: Composed | None
    filled: list[Any]
    emptying: Composed


class Databases:
    """Hands out databases with the tables of the core and of plugins."""

    def __init__(self, server: EmbeddedServer) -> None:
        self._server = server
        self._connections: dict[str, psycopg.Connection] = {}
        self._templates: dict[Histories, _Template] = {}
        self._made: dict[str, _Template] = {}
        self._idle: defaultdict[str, list[str]] = defaultdict(list)
        self._places: dict[str, Path] = {}
        self._last: dict[Path, Histories] = {}

    def take_as_last(self, place: Path) -> str:
        """Return the name of an empty database, with the plugins' tables that the last test in this place needed.

        That is a guess, which spares most tests of plugins another database; `furnish` corrects it.
        """
        name = self.take(self._last.get(place, ()))
        self._places[name] = place
        return name

    def take(self, histories: Histories = ()) -> str:
        """Return the name of an empty database."""
        template = self._template(histories)
        if self._idle[template.name]:
            return self._idle[template.name].pop()
        name = f"test_{uuid4().hex}"
        self._copy(template.name, name)
        self._made[name] = template
        KEPT.names.add(name)
        return name

    def urls(self, name: str) -> DatabaseSettings:
        """Return the settings by which an installation reaches a database."""
        place = f"@/{name}?host={self._server.socket_folder}"
        return DatabaseSettings(url=f"postgresql://{APP_ROLE}{place}", owner_url=f"postgresql://{OWNER_ROLE}{place}")

    def furnish(self, name: str, histories: Histories) -> None:
        """Replace the database with this name by a new one that has the tables of these plugins, unless it has them."""
        if name in self._places:
            self._last[self._places[name]] = histories
        if self._made[name] is self._template(histories):
            return
        other, aside = self.take(histories), f"test_{uuid4().hex}"
        self.disconnect(name, other)
        connection = self._connected()
        connection.execute(_ALONE, [[name, other], []])
        for old, new in ((name, aside), (other, name)):
            connection.execute(SQL("ALTER DATABASE {} RENAME TO {}").format(Identifier(old), Identifier(new)))
        self._made[aside], self._made[name] = self._made[name], self._made.pop(other)
        KEPT.names = {*self._made}
        self.give_back(aside)

    def give_back(self, name: str) -> None:
        """Close remaining connections, and empty the database, or drop it if its definitions have changed."""
        self._places.pop(name, None)
        template, connection = self._made[name], self._connected(name)
        connection.execute(_ALONE, [[name], KEPT.pids()])
        if _state(connection, template.content) == (template.defined, template.filled):
            connection.execute(template.emptying)
            self._idle[template.name].append(name)
            return
        del self._made[name]
        KEPT.names.discard(name)
        self.disconnect(name)
        self._connected().execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    def close(self) -> None:
        """Close the connections."""
        self.disconnect(*self._connections)

    def _connected(self, name: str = "postgres") -> psycopg.Connection:
        """Return a cached connection: opening one takes longer than emptying a database."""
        kept = self._connections.get(name)
        if kept is None or not _is_alive(kept):
            self.disconnect(name)
            kept = self._connections[name] = self._server.connect(name)
        return kept

    def disconnect(self, *names: str) -> None:
        """Close our connections to these databases, such as before they are copied; those in use are others'."""
        KEPT.drop(*names)
        for name in names:
            if kept := self._connections.pop(name, None):
                kept.close()

    def _template(self, histories: Histories) -> _Template:
        if histories not in self._templates:
            name = f"budkavle_{len(self._templates)}" if self._templates else "budkavle"
            if histories:
                self._copy(self._template(()).name, name)
            prepare(self._server, name)
            app, owner = (self._server.conninfo(name, role) for role in (APP_ROLE, OWNER_ROLE))
            with closing(Database(app, owner)) as template:
                template.migrate(histories)
            with self._server.connect(name) as connection:
                self._templates[histories] = _look(name, connection)
        return self._templates[histories]

    def _copy(self, source: str, name: str) -> None:
        """Create a database as a copy of another one without connections.

        Its files are copied: the other strategy, by the log, writes every page twice and takes three times as long.
        """
        make = SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY")
        self._connected().execute(make.format(Identifier(name), Identifier(source), Identifier(OWNER_ROLE)))


def _is_alive(connection: psycopg.Connection) -> bool:
    """Tell whether the server has not closed the connection."""
    try:
        connection.pgconn.consume_input()  # its last message, if any
        connection.pgconn.consume_input()  # the end
    except psycopg.OperationalError:
        return False
    return connection.pgconn.status == ConnStatus.OK


def _look(name: str, connection: psycopg.Connection) -> _Template:
    """Read what a template contains."""
    tables = [Identifier(table) for (table,) in connection.execute(_TABLES)]
    full = [table for table in tables if connection.execute(SQL("SELECT 1 FROM {} LIMIT 1").format(table)).fetchone()]
    queries = [_CONTENT.format(name=table.as_string(), table=table) for table in full]
    content = SQL(" UNION ALL ").join(queries) if queries else None
    deletes = [SQL("DELETE FROM {}").format(table) for table in tables if table not in full]
    emptying = SQL("; ").join([SQL("SET session_replication_role = replica"), *deletes, SQL(_BACK)])
    defined, filled = _state(connection, content)
    return _Template(name, defined, content, filled, emptying)


def _state(connection: psycopg.Connection, content: Composed | None) -> tuple[list[Any], list[Any]]:
    """Return what is defined, and the content of the tables that are not empty in the template."""
    defined = connection.execute(_DEFINED).fetchall()
    return defined, connection.execute(content).fetchall() if content else []
