"""What `make check` says of migrations that take away what the last release works with."""

import importlib
import json
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

REVISION = '''"""Words."""

import sqlalchemy as sa
from alembic import op

revision = "0002"


def upgrade() -> None:
    """Do it."""
    {step}


def downgrade() -> None:
    """Take it away."""
    op.drop_column("users", "colour")
'''
ADDS = (
    'op.add_column("users", sa.Column("colour", sa.Text))',
    'op.add_column("users", sa.Column("colour", sa.Text, nullable=False, server_default=""))',
    'op.create_table("loft", sa.Column("id", sa.Uuid, primary_key=True), sa.Column("n", sa.Text, nullable=False))',
    'op.create_index("users_colour", "users", ["colour"])',
    'op.drop_index("users_colour", "users")',
    'op.alter_column("users", "colour", nullable=True)',
    "op.execute(\"ALTER TABLE users ADD COLUMN colour text NOT NULL DEFAULT ''\")",
    "op.execute(\"ALTER TABLE users ADD colour text DEFAULT '' NOT NULL, ADD shade text\")",
    'op.execute("ALTER TABLE users ALTER colour DROP NOT NULL")',
    'op.execute("CREATE TABLE loft (id uuid); ALTER TABLE loft ADD CONSTRAINT one UNIQUE (id)")',
    "op.execute(\"CREATE OR REPLACE FUNCTION f() RETURNS void LANGUAGE sql AS '' -- was: DROP FUNCTION f()\")",
    'op.execute("DROP POLICY IF EXISTS readers ON users")',
)
TAKES = {
    'op.drop_table("users")': "drop_table",
    'op.drop_column("users", "colour")': "drop_column",
    'op.rename_table("users", "people")': "rename_table",
    'op.alter_column("users", "colour", new_column_name="shade")': "alter_column",
    'op.alter_column("users", "colour", nullable=False)': "alter_column",
    'op.alter_column("users", "colour", type_=sa.Integer)': "alter_column",
    'op.add_column("users", sa.Column("colour", sa.Text, nullable=False))': "no server_default",
    'op.create_unique_constraint("one", "users", ["colour"])': "create_unique_constraint",
    'op.create_index("one", "users", ["colour"], unique=True)': "unique",
    'op.execute("DROP TABLE users")': "DROP TABLE",
    'op.execute("DROP FUNCTION find_account(text)")': "DROP FUNCTION",
    'op.execute("ALTER TABLE users RENAME TO people")': "RENAME",
    'op.execute("ALTER TABLE users RENAME COLUMN colour TO shade")': "RENAME",
    'op.execute("ALTER TABLE users DROP COLUMN colour")': "DROP",
    'op.execute("ALTER TABLE users ALTER COLUMN colour SET NOT NULL")': "SET NOT NULL",
    'op.execute("ALTER TABLE users ALTER colour TYPE integer USING 0")': "TYPE",
    'op.execute("ALTER TABLE users ADD COLUMN shade text, ADD COLUMN colour text NOT NULL")': "NOT NULL",
    'op.execute("ALTER TABLE users ADD CONSTRAINT one UNIQUE (colour)")': "ADD CONSTRAINT",
    'op.execute("CREATE UNIQUE INDEX one ON users (colour)")': "unique",
}


@pytest.fixture
def migrations(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "tools"))
    return importlib.import_module("house_migrations")


@pytest.fixture
def released(tmp_path: Path, migrations: ModuleType) -> Path:
    """A project whose last release has one revision."""
    versions = tmp_path / "core/budkavle/migrations/versions"
    versions.mkdir(parents=True)
    (versions / "0001_first.py").write_text(REVISION.format(step='op.drop_table("old")'))

    def git(*words: str) -> str:
        command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *words]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet")
    git("add", "core")
    git("commit", "--quiet", "--message", "release")
    (tmp_path / migrations.LAST).parent.mkdir(parents=True)
    (tmp_path / migrations.LAST).write_text(json.dumps({"version": "1.0", "commit": git("rev-parse", "HEAD")}))
    return tmp_path


def faults(migrations: ModuleType, project: Path, step: str, more: str = "") -> list[str]:
    """Check a revision that is newer than the last release."""
    path = project / "core/budkavle/migrations/versions/0002_second.py"
    path.write_text(REVISION.format(step=step) + more)
    places: list[str] = migrations.contracting(project)
    return places


@pytest.mark.feature("ZO11")
def test_the_newest_migrations_of_the_house_only_add(migrations: ModuleType, root: Path) -> None:
    """Those of the core and of the plugins."""
    if not (root / ".git").exists():
        pytest.skip("this is no clone: which migrations are new is not known")
    assert migrations.contracting(root) == []


@pytest.mark.parametrize("step", ADDS)
def test_what_adds_may_stand(migrations: ModuleType, released: Path, step: str) -> None:
    """So may going back, and whatever the last release did itself."""
    assert faults(migrations, released, step) == []


@pytest.mark.feature("ZO11")
@pytest.mark.parametrize(("step", "said"), TAKES.items())
def test_what_takes_away_is_found(migrations: ModuleType, released: Path, step: str, said: str) -> None:
    """In Alembic's functions and in SQL, with the place."""
    (fault,) = faults(migrations, released, step)
    assert fault.startswith("core/budkavle/migrations/versions/0002_second.py:11 ")
    assert said in fault


def test_sql_that_lies_beside_a_revision_is_read_too(migrations: ModuleType, released: Path) -> None:
    """But not what leads back."""
    versions = released / "core/budkavle/migrations/versions"
    (versions / "0002_back.sql").write_text("DROP TABLE users;")
    assert faults(migrations, released, "pass") == []
    (versions / "0002_functions.sql").write_text("DROP TABLE users;")
    (fault,) = faults(migrations, released, "pass")
    assert fault.startswith("core/budkavle/migrations/versions/0002_functions.sql:1 says DROP TABLE")


def test_who_takes_away_a_release_later_says_why_it_may(migrations: ModuleType, released: Path) -> None:
    """A word alone is no reason."""
    step = 'op.drop_column("users", "colour")'
    assert faults(migrations, released, step, '\n\nCONTRACTS = "yes"\n') != []
    assert faults(migrations, released, step, '\n\nCONTRACTS = "nothing has read it since 1.0"\n') == []
