"""Every statement of every `.sql` file fits the tables that the migrations make."""

import ast
import re
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url
from tests.reading_code import nodes

from budkavle.storage.pipeline import Statement, read_queries
from budkavle.storage.platform import Platform

SOURCES = ("core/budkavle", "addressbook", "plugins")
SQL = ("SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ")


def sources(root: Path, suffix: str) -> Iterator[Path]:
    """The files of the core and of the built-in plugins, without migrations, which stay as they were."""
    for source in SOURCES:
        for path in sorted((root / source).rglob(f"*{suffix}")):
            if "migrations" not in path.parts:
                yield path


def test_every_statement_is_prepared_by_the_migrated_database(
    root: Path, budkavle_open: Callable[..., Platform]
) -> None:
    """A column that is not there, or a value of unknown type, is told here; plugins' statements too."""
    names = [point.name for point in entry_points(group="budkavle") if point.dist and point.dist.name == "budkavle"]
    platform = budkavle_open(enabled=tuple(names))
    url = make_url(platform.settings.database.url or "").set(drivername="postgresql")
    faults, number = [], 0
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        for path in sources(root, ".sql"):
            for name, sql in read_queries(path.read_text("utf-8")).items():
                number += 1
                result = connection.pgconn.prepare(b"", Statement(sql).sql)
                if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
                    faults.append(f"{path.relative_to(root)}, {name}: {result.error_message.decode()}")
    assert faults == []
    assert number >= 90


def test_every_statement_says_what_it_is_for(root: Path) -> None:
    """A comment follows the name."""
    silent = [
        f"{path.relative_to(root)}: {name}"
        for path in sources(root, ".sql")
        for name in re.findall(r"^-- name: (\w+)\n(?!-- )", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert silent == []


def test_statements_stand_in_sql_files(root: Path) -> None:
    """Not in strings of Python, where nobody formats them and nothing prepares them."""
    faults = []
    for path in sources(root, ".py"):
        place = path.relative_to(root).as_posix()
        if "plugin_template" in place:
            continue
        for node in nodes(path, ("Statement",)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"Statement", "Statement.insert"}:
                faults += [f"{place}:{node.lineno}" for value in node.args if _is_sql(value)]
    assert faults == []


def _is_sql(value: ast.expr) -> bool:
    return isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and str(value.value).startswith(SQL))


@pytest.mark.parametrize("sql", ["SELECT nothing FROM organisations", "SELECT array_length(:values, 1)"])
def test_a_statement_that_does_not_fit_is_told(sql: str, platform: Platform) -> None:
    """The check itself: PREPARE knows columns and types."""
    url = make_url(platform.settings.database.url or "").set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        assert connection.pgconn.prepare(b"", Statement(sql).sql).status == psycopg.pq.ExecStatus.FATAL_ERROR
