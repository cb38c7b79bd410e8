"""The revisions of the tables: those in a folder, and the one that the database has. Alembic is not imported for it."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, text

from budkavle.model.errors import Misconfigured

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

PluginMigrations = Sequence[tuple[str, Path]]
"""The name of each plugin and its `migrations/` folder, which holds plain Alembic revision files."""

HOME = Path(__file__).parents[2] / "migrations"
TAKEN = "I databasens schema public finns redan {names}, som tillhör någon annan. Ge Budkavle en egen databas."
_PLAIN = re.compile(r'^revision = "([^"\n]+)"\ndown_revision = (?:None|"([^"\n]+)")$', re.MULTILINE)
_TIED = re.compile(r"^depends_on\b.*=(?! None$)", re.MULTILINE)


class History(NamedTuple):
    """What a folder of revision files has.

    Attributes:
        heads: The newest revisions: one, unless two follow the same revision.
        revisions: All of them.
    """

    heads: frozenset[str]
    revisions: frozenset[str]


@cache
def history(folder: str) -> History:
    """Return the revisions in a folder.

    They are read as text, since each web process needs them: Alembic takes a quarter of a second to import, and then
    runs each file. It is asked where a file is not written as the others.

    Raises:
        Exception: Alembic was asked, and cannot read a revision.
    """
    before: dict[str, str] = {}
    for path in Path(folder).glob("*.py"):
        if path.name == "__init__.py":
            continue
        source = path.read_text("utf-8")
        plain = _PLAIN.search(source)
        if plain is None or _TIED.search(source):
            return read_history(folder)
        before[plain[1]] = plain[2]
    return History(frozenset(before.keys() - before.values()), frozenset(before))


def read_history(folder: str) -> History:
    """Return the revisions in a folder, as Alembic reads them: by running each file.

    Raises:
        Exception: A revision cannot be read; whatever its file raised.
    """
    scripts = _scripts(folder)
    return History(frozenset(scripts.get_heads()), frozenset(one.revision for one in scripts.walk_revisions()))


def _scripts(folder: str) -> "ScriptDirectory":
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(HOME).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", folder.replace("%", "%%"))
    return ScriptDirectory.from_config(config)


def version_table(plugin: str | None) -> str:
    """Return the name of the table with the current revision of the core's or a plugin's history."""
    return f"alembic_version_{plugin}" if plugin else "alembic_version"


def read_version(connection: Connection, plugin: str | None) -> set[str]:
    """Return the current revisions of the core's or a plugin's tables; empty if there are no tables.

    Raises:
        Misconfigured: Another program's history has our table's name.
    """
    table = version_table(plugin)
    readable = connection.execute(text("SELECT has_table_privilege(to_regclass(:table), 'SELECT')"), {"table": table})
    match readable.scalar_one():
        case None:  # it does not exist
            return set()
        case False:
            raise Misconfigured(TAKEN, names=table)
    return set(connection.execute(text(f'SELECT version_num FROM "{table}"')).scalars())  # noqa: S608 - our name
