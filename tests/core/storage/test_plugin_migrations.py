"""Each plugin has a history of its own, and touches its own tables and rows only."""

from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from tests.core.storage.table_names import tables

from budkavle.model.errors import Misconfigured
from budkavle.settings import Settings
from budkavle.storage.database import Database

FIRST = """
import sqlalchemy as sa
from alembic import op

revision = "fax1"
down_revision = None

def upgrade():
    op.create_table("fax_jobs", sa.Column("organisation_id", sa.Uuid, primary_key=True), sa.Column("page", sa.Integer))
    op.create_table("fax_lines", sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=True))

def downgrade():
    op.drop_table("fax_lines")
    op.drop_table("fax_jobs")
"""


SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "fax2"
down_revision = "fax1"

def upgrade():
    op.add_column("fax_jobs", sa.Column("colour", sa.Text))

def downgrade():
    op.drop_column("fax_jobs", "colour")
"""


VECTOR = """op.execute("CREATE EXTENSION vector")"""


@pytest.fixture
def fax(tmp_path: Path) -> Path:
    """The migrations folder of a plugin, with one revision."""
    folder = tmp_path / "budkavle 100% fax" / "migrations"
    folder.mkdir(parents=True)
    (folder / "1_first.py").write_text(FIRST)
    return folder


@pytest.mark.feature("PL2")
def test_a_plugin_has_a_history_of_its_own(database: Database, fax: Path) -> None:
    """Its tables are made, granted and put behind the policy, under its own version table."""
    database.migrate([("fax", fax)])
    assert {"fax_jobs", "fax_lines", "alembic_version_fax"} <= tables(database)
    mine, other = uuid4(), uuid4()
    with database.transaction(mine) as connection:
        connection.execute(text("INSERT INTO fax_jobs VALUES (:o, 1)"), {"o": mine})
        connection.execute(text("INSERT INTO fax_lines DEFAULT VALUES"))
    with database.transaction(other) as connection:
        assert connection.execute(text("SELECT * FROM fax_jobs")).all() == []
    with pytest.raises(ProgrammingError, match="row-level security"), database.transaction(other) as connection:
        connection.execute(text("INSERT INTO fax_jobs VALUES (:o, 1)"), {"o": mine})
    with pytest.raises(ProgrammingError, match="permission denied"), database.transaction(None) as connection:
        connection.execute(text("DELETE FROM alembic_version_fax"))


@pytest.mark.feature("PL2")
def test_a_plugins_view_shows_the_rows_of_one_organisation(database: Database, fax: Path) -> None:
    """A view reads as whoever asks, and not as the owner of the tables, who sees all rows."""
    view = 'op.execute("CREATE VIEW fax_pages AS SELECT page FROM fax_jobs")'
    (fax / "1_first.py").write_text(FIRST.replace("def downgrade", f"    {view}\n\ndef downgrade", 1))
    database.migrate([("fax", fax)])
    mine = uuid4()
    with database.transaction(mine) as connection:
        connection.execute(text("INSERT INTO fax_jobs VALUES (:o, 7)"), {"o": mine})
        assert connection.execute(text("SELECT page FROM fax_pages")).scalars().all() == [7]
    with database.transaction(uuid4()) as connection:
        assert connection.execute(text("SELECT page FROM fax_pages")).scalars().all() == []


@pytest.mark.feature("PL1", "PL2")
def test_the_core_upgrades_without_a_plugin_that_is_gone(database: Database, fax: Path) -> None:
    """A plugin that was switched off keeps its tables and hinders nobody; switched on again it goes on."""
    database.migrate([("fax", fax)])
    database.migrate()
    assert "fax_jobs" in tables(database)
    (fax / "2_second.py").write_text(SECOND)
    database.migrate([("fax", fax)])
    with database.transaction(None) as connection:
        assert list(connection.execute(text("SELECT colour FROM fax_jobs")).keys()) == ["colour"]


@pytest.mark.feature("PL2")
def test_a_plugin_is_taken_away_alone(database: Database, fax: Path) -> None:
    """Downgrading a plugin removes its tables and leaves the core's."""
    before = tables(database)
    database.migrate([("fax", fax)])
    database.downgrade_plugin("fax", fax)
    assert tables(database) == before


@pytest.mark.feature("PL5")
def test_a_broken_migration_changes_nothing(database: Database, fax: Path) -> None:
    """All of it happens or nothing: a fault in a plugin's second revision undoes its first."""
    (fax / "2_second.py").write_text(SECOND.replace('"fax_jobs"', '"no_such_table"'))
    before = tables(database)
    with pytest.raises(Misconfigured, match=r"för fax .*no_such_table.*2_second\.py:9\)"):
        database.migrate([("fax", fax)])
    assert tables(database) == before
    with pytest.raises(Misconfigured, match="för fax finns inte"):
        database.migrate([("fax", fax.parent / "none")])


@pytest.mark.feature("PL5")
@pytest.mark.parametrize(
    ("statement", "touched"),
    [
        ('op.create_table("letters", sa.Column("id", sa.Uuid))', "inte letters"),
        ('op.create_table("faxes", sa.Column("id", sa.Uuid))', "inte faxes"),
        ('op.add_column("cases", sa.Column("fax", sa.Text))', "must be owner of table cases"),
        ('op.drop_table("attempts")', "must be owner of table attempts"),
    ],
)
def test_a_plugin_touches_its_own_tables_only(database: Database, fax: Path, statement: str, touched: str) -> None:
    """What is the core's or another plugin's is left as it was, and the sentence names it."""
    second = SECOND.replace('op.add_column("fax_jobs", sa.Column("colour", sa.Text))', statement)
    (fax / "2_second.py").write_text(second)
    before = tables(database)
    with pytest.raises(Misconfigured, match=f"{touched}\\."):
        database.migrate([("fax", fax)])
    assert tables(database) == before


ROWS = {
    "DELETE FROM organisations": "permission denied for table organisations",
    "UPDATE users SET name = 'x'": "permission denied for table users",
    "INSERT INTO attempts VALUES ('x', 1, now())": "permission denied for table attempts",
    "DO $$ BEGIN DELETE FROM users; END $$": "permission denied for table users",
    "WITH gone AS (DELETE FROM users RETURNING id) SELECT count(*) FROM gone": "permission denied for table users",
    "TRUNCATE users": "permission denied for table users",
    "UPDATE email_link_links SET x = 1": "permission denied for table email_link_links",
    "INSERT INTO fax_words SELECT id, slug FROM organisations": "permission denied for table organisations",
    "SELECT count(*) FROM users": "permission denied for table users",
    "ALTER TABLE users DISABLE ROW LEVEL SECURITY": "must be owner of table users",
    "DROP POLICY organisation ON users": "must be owner of relation users",
    "CREATE INDEX name_of ON users (name)": "must be owner of table users",
    "CREATE INDEX fax_names ON users (name)": "must be owner of table users",
    "CREATE UNIQUE INDEX fax_name ON users (name)": "must be owner of table users",
    "ALTER TABLE fax_words ADD FOREIGN KEY (id) REFERENCES organisations (id)": (
        "permission denied for table organisations"
    ),
    "ALTER TABLE users ALTER name DROP NOT NULL": "must be owner of table users",
    "ALTER TABLE users ALTER name SET DEFAULT 'x'": "must be owner of table users",
    "ALTER TABLE users ALTER name TYPE varchar": "must be owner of table users",
    "GRANT SELECT ON users TO PUBLIC": "permission denied for table users",
    "GRANT SELECT (name) ON users TO PUBLIC": 'permission denied for column "name" of relation "users"',
    "GRANT EXECUTE ON FUNCTION find_account(text) TO PUBLIC": "permission denied for function find_account",
    "ALTER FUNCTION find_account(text) RESET search_path": "must be owner of function find_account",
    "CREATE RULE fax_none AS ON DELETE TO users DO INSTEAD NOTHING": "must be owner of table users",
    "ALTER TABLE attempts DROP CONSTRAINT attempts_pkey, ADD CONSTRAINT attempts_pkey UNIQUE (key, until)": (
        "must be owner of table attempts"
    ),
    "SELECT find_account('a@b.se')": "permission denied for function find_account",
    "SET LOCAL ROLE budkavle_owner": "byta roll",
    "RESET ROLE": "byta roll",
    "SELECT set_config('role', 'budkavle_owner', true)": "byta roll",
    "CREATE MATERIALIZED VIEW fax_all AS SELECT * FROM fax_words": "röra tabeller .*inte MATERIALIZED VIEW fax_all",
    "CREATE SCHEMA fax": "permission denied for database",
    "CREATE FUNCTION find_accounts() RETURNS void LANGUAGE sql AS ''": "röra tabeller .*inte find_accounts",
    "DELETE FROM fax_words; COMMIT": "avsluta transaktionen",
    "DELETE FROM fax_words; END": "avsluta transaktionen",
    "DELETE FROM fax_words; -- klart\nCOMMIT": "avsluta transaktionen",
    "ROLLBACK": "avsluta transaktionen",
}
"""What a plugin's revision might do with the rows of others, and what is said of it."""


@pytest.fixture
def peopled(database: Database, fax: Path) -> Database:
    """A database with rows of the core and of two plugins."""
    other = fax.parent.parent / "email_link" / "migrations"
    other.mkdir(parents=True)
    (other / "1_first.py").write_text(
        FIRST.replace("fax_jobs", "email_link_links").replace("fax_lines", "email_link_lines").replace("fax1", "link1")
    )
    words = 'op.execute("CREATE TABLE fax_words (id uuid, word text)")'
    (fax / "1_first.py").write_text(FIRST.replace("def downgrade", f"    {words}\n\ndef downgrade", 1))
    database.migrate([("fax", fax), ("email_link", other)])
    with database.owner() as engine, engine.begin() as connection:
        here = {"o": uuid4()}
        connection.execute(text("INSERT INTO organisations VALUES (:o, 'habo', 'Habo', '{}', now())"), here)
        insert = (
            "INSERT INTO users (organisation_id, id, email, name, created_at) VALUES (:o, :o, 'a@b.se', 'A', now())"
        )
        connection.execute(text(insert), here)
        connection.execute(text("ALTER TABLE email_link_links ADD x integer"))
        connection.execute(text("INSERT INTO email_link_links VALUES (:id, 1, 0)"), {"id": uuid4()})
    return database


@pytest.mark.feature("PL5")
@pytest.mark.parametrize(("statement", "said"), ROWS.items())
def test_a_plugin_leaves_the_rows_of_others_alone(peopled: Database, fax: Path, statement: str, said: str) -> None:
    """Whatever a revision does to the core's rows or another plugin's is refused by name, and taken back."""
    (fax / "2_second.py").write_text(
        SECOND.replace('op.add_column("fax_jobs", sa.Column("colour", sa.Text))', f"op.execute({statement!r})")
    )
    with pytest.raises(Misconfigured, match=f"fax .*{said}.*2_second"):
        peopled.migrate([("fax", fax)])
    with peopled.owner() as engine, engine.connect() as connection:
        assert connection.execute(text("SELECT name FROM organisations")).scalars().all() == ["Habo"]
        assert connection.execute(text("SELECT x FROM email_link_links")).scalars().all() == [0]
        assert connection.execute(text("SELECT version_num FROM alembic_version_fax")).scalars().all() == ["fax1"]


OWN_ROWS = """
    op.create_index("fax_names", "fax_words", ["word"])
    op.create_unique_constraint("fax_words_once", "fax_words", ["id"])
    op.execute("CREATE TABLE fax_new (id uuid REFERENCES fax_words (id) ON DELETE CASCADE, word text)")
    op.execute("INSERT INTO fax_new SELECT id, word || '!' FROM fax_words")
    op.execute("UPDATE fax_new SET id = id, word = 'b'")
    op.execute("DO $$ BEGIN UPDATE fax_new SET word = 'b'; END $$")
    op.execute("CREATE FUNCTION fax_one() RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT 0; SELECT 1; END")
    op.execute("COMMENT ON TABLE fax_new IS 'begin; commit'")
    op.execute("SAVEPOINT one")
    op.execute("DELETE FROM fax_words")
    op.execute("ROLLBACK TO SAVEPOINT one")
    op.execute("CREATE TEMPORARY TABLE aside AS SELECT * FROM fax_new")
"""


@pytest.mark.feature("PL2")
def test_a_plugin_may_move_its_own_rows(peopled: Database, fax: Path) -> None:
    """Indexes, foreign keys, functions and savepoints of its own hinder nothing."""
    with peopled.owner() as engine, engine.begin() as connection:
        connection.execute(text("INSERT INTO fax_words SELECT id, 'a' FROM organisations"))
    (fax / "2_second.py").write_text(
        SECOND.replace('    op.add_column("fax_jobs", sa.Column("colour", sa.Text))', OWN_ROWS).replace(
            'op.drop_column("fax_jobs", "colour")',
            'op.drop_table("fax_new")\n    op.drop_table("fax_words")',
        )
    )
    peopled.migrate([("fax", fax)])
    with peopled.transaction(None) as connection:
        assert connection.execute(text("SELECT word FROM fax_new")).scalars().all() == ["b"]
        assert connection.execute(text("SELECT count(*) FROM fax_words")).scalar_one() == 1
    peopled.downgrade_plugin("fax", fax)
    assert "fax_new" not in tables(peopled)


@pytest.mark.feature("PL5")
def test_going_back_leaves_the_rows_of_others_alone(peopled: Database, fax: Path) -> None:
    """A downgrade is held to the plugin's own tables as well."""
    (fax / "1_first.py").write_text(
        (fax / "1_first.py")
        .read_text()
        .replace('op.drop_table("fax_lines")', 'op.execute("DELETE FROM organisations")')
    )
    with pytest.raises(Misconfigured, match="permission denied for table organisations"):
        peopled.downgrade_plugin("fax", fax)
    assert "fax_lines" in tables(peopled)


@pytest.mark.feature("PL5")
def test_a_plugin_whose_name_begins_the_cores_tables(database: Database, fax: Path) -> None:
    """A plugin that is called `audit` does not own `audit_log`, nor does `email` own what is of `email_link`."""
    (fax / "1_first.py").write_text(
        FIRST.replace("fax_", "audit_").replace(
            "def downgrade", '    op.execute("DROP TABLE audit_log")\n\ndef downgrade', 1
        )
    )
    with pytest.raises(Misconfigured, match="must be owner of table audit_log"):
        database.migrate([("audit", fax)])
    (fax / "1_first.py").write_text(FIRST.replace("fax_", "email_").replace("email_lines", "email_link_lines"))
    with pytest.raises(Misconfigured, match="inte email_link_lines"):
        database.migrate([("email", fax), ("email_link", fax)])


@pytest.mark.feature("PL5")
def test_a_plugin_adds_nothing_to_the_server(budkavle_settings: Settings, database: Database, fax: Path) -> None:
    """An extension that its maker's server happens to have is missing in others; not even a superuser makes one."""
    (fax / "2_second.py").write_text(SECOND.replace('op.add_column("fax_jobs", sa.Column("colour", sa.Text))', VECTOR))
    with pytest.raises(Misconfigured, match="permission denied to create extension"):
        database.migrate([("fax", fax)])
    owner = budkavle_settings.database.owner_url
    assert owner
    above = Database(str(budkavle_settings.database.url), owner.replace("budkavle_owner", "postgres"))
    with closing(above), pytest.raises(Misconfigured, match="permission denied to create extension"):
        above.migrate([("fax", fax)])
