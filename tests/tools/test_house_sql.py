"""What `make check` says of plugins whose SQL names the core's tables."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

TABLES = """
messages = Table("messages", metadata, Column("id", Uuid))
users = Table(
    "users",
    metadata,
)
"""


@pytest.fixture
def sql(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "tools"))
    return importlib.import_module("house_sql")


@pytest.fixture
def house_with(tmp_path: Path) -> Path:
    """A project with two tables in the core, and a plugin."""
    (tmp_path / "core/budkavle/storage/tables").mkdir(parents=True)
    (tmp_path / "core/budkavle/storage/tables/accounts.py").write_text(TABLES)
    (tmp_path / "plugins/fax/budkavle_fax/migrations").mkdir(parents=True)
    return tmp_path


def faults(sql: ModuleType, house: Path, source: str, name: str = "jobs.py") -> list[str]:
    (house / "plugins/fax/budkavle_fax" / name).write_text(source)
    found: list[str] = sql.sql_of_plugins(house)
    return found


@pytest.mark.feature("PL2")
def test_the_plugins_of_the_house_name_none(sql: ModuleType, root: Path) -> None:
    """Neither the built-in plugins nor the address book."""
    assert sql.sql_of_plugins(root) == []
    assert {"users", "deliveries", "audit_log"} <= sql.core_tables(root / sql.TABLES)


@pytest.mark.parametrize(
    "source",
    [
        'Q = "SELECT id FROM users"',
        'Q = text("select u.id from users u")',
        'Q = "DELETE FROM public.users"',
        "Q = 'SELECT 1 FROM \"users\"'",
        'Q = ("SELECT f.id FROM fax_jobs f"\n    " JOIN users u ON u.id = f.id")',
        'Q = "SELECT 1 FROM fax_jobs f, users u"',
        'Q = "INSERT INTO users VALUES (1)"',
        'Q = "UPDATE users SET id = 1"',
        'Q = "CREATE INDEX fax_names ON users (name)"',
        'Q = f"SELECT {columns} FROM users WHERE {where}"',
        'Q = """\n-- who it is\nSELECT 1 FROM users\n"""',
        'def find():\n    return run("SELECT 1 FROM fax_jobs WHERE EXISTS (SELECT FROM users)")',
        'users = Table("users", metadata)',
        'users = sa.table("users", column)',
        'op.add_column("users", sa.Column("fax", sa.Text))',
        'op.create_index("fax_names", "users", ["name"])',
        'sa.ForeignKey("users.id")',
        'sa.ForeignKeyConstraint(["id"], ["users.id"])',
    ],
)
@pytest.mark.feature("PL2")
def test_a_table_of_the_cores_is_refused(sql: ModuleType, house_with: Path, source: str) -> None:
    """However it is written, with the file and the line."""
    (fault,) = faults(sql, house_with, source)
    assert fault.startswith("plugins/fax/budkavle_fax/jobs.py:")
    assert "core's table users" in fault


@pytest.mark.parametrize(
    "source",
    [
        'Q = "SELECT users.id FROM fax_users users"',
        'Q = "SELECT id AS messages, users FROM fax_jobs"',
        'Q = "SELECT 1 FROM fax_jobs -- JOIN users"',
        '"""Reads the letters from users."""',
        'def run():\n    """Take what comes from users."""',
        'COLUMN = Table("fax_jobs", metadata, Column("users", Text))',
        'op.create_index("fax_users", "fax_jobs", ["users"])',
        'import sqlite3\nQ = "SELECT 1 FROM messages"',
        'users = "users"',
    ],
)
def test_what_only_looks_like_one_is_left_alone(sql: ModuleType, house_with: Path, source: str) -> None:
    """Columns, aliases, comments, prose, and a SQLite file of the plugin's own."""
    assert faults(sql, house_with, source) == []


@pytest.mark.parametrize(
    "statement", ["SET ROLE x", "SET LOCAL ROLE x", "RESET ROLE", "SELECT set_config('role', 'x', true)"]
)
def test_another_role_is_refused(sql: ModuleType, house_with: Path, statement: str) -> None:
    """A plugin's statements have the plugin's own role."""
    (fault,) = faults(sql, house_with, f'Q = "{statement}"')
    assert "another role" in fault


def test_sql_files_are_read_too(sql: ModuleType, house_with: Path) -> None:
    """Named statements beside a module."""
    assert faults(sql, house_with, "-- name: jobs\n-- not FROM users\nSELECT 1 FROM fax_jobs;\n", "jobs.sql") == []
    assert len(faults(sql, house_with, "SELECT 1 FROM fax_jobs AS f\nJOIN users ON true;\n", "jobs.sql")) == 1
