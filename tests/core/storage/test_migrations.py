"""The history of the core: forwards, backwards, and beside older and newer releases."""

import json
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from msgspec.structs import replace
from sqlalchemy import text
from tests.core.storage.table_names import tables

from budkavle.model.errors import Misconfigured
from budkavle.operations.health import ready
from budkavle.settings import Settings
from budkavle.storage.database import Database
from budkavle.storage.database import migrate as migrating
from budkavle.storage.database.health import judge_tables
from budkavle.storage.database.revisions import HOME, history, read_history
from budkavle.storage.platform import Platform
from budkavle.storage.tables import metadata


def test_the_migrated_database_is_what_the_tables_say(database: Database) -> None:
    """Alembic finds no difference between tables.py and what the history makes."""
    with database.owner() as engine, engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing(database: Database) -> None:
    """Each start may migrate."""
    before = tables(database)
    database.migrate()
    assert tables(database) == before == {*metadata.tables, "alembic_version"}


def test_the_core_can_go_down_and_up(database: Database) -> None:
    """The first revision's downgrade leaves nothing, and upgrading again makes it all."""
    from alembic import command

    with database.owner() as engine, engine.begin() as connection:
        command.downgrade(migrating._config(connection, None, migrating.HOME / "versions"), "base")
    assert tables(database) == {"alembic_version"}
    database.migrate()
    assert set(metadata.tables) <= tables(database)


def test_ways_that_were_linked_before_keep_what_they_are_worth_only_where_an_administrator_said_so(
    database: Database,
) -> None:
    """The event log tells who entered the number; what people added themselves is worth level 2 from now on."""
    from alembic import command

    here, chief = uuid4(), uuid4()
    entered, own, system = (uuid4() for _ in range(3))
    who = {entered: str(chief), own: str(own), system: None}
    with database.owner() as engine, engine.begin() as connection:
        config = migrating._config(connection, None, migrating.HOME / "versions")
        command.downgrade(config, "0006")
        for number, (user, by) in enumerate(who.items()):
            facts = {"here": here, "user": user, "number": number, "first": uuid4(), "second": uuid4()}
            for provider, key in (("personnummer", "first"), ("bankid", "second")):
                statement = (
                    "INSERT INTO identities (organisation_id, id, user_id, provider, subject_hash, label, created_at)"
                    " VALUES (:here, :id, :user, :provider, '', '', now())"
                )
                connection.execute(text(statement), {**facts, "id": facts[key], "provider": provider})
            said = {"kind": "user.method-added", "thing": str(user), "facts": {"method": "personnummer"}}
            entry = json.dumps({**said, "actor": {"id": by, "name": "x"}})
            statement = "INSERT INTO audit_log VALUES (:here, :number, now(), 'user.method-added', :entry, '')"
            connection.execute(text(statement), {**facts, "entry": entry})
            statement = "INSERT INTO sessions VALUES (:here, :hash, :user, 3, 'bankid', now(), now(), now())"
            connection.execute(text(statement), {**facts, "hash": user.bytes})
        command.upgrade(config, "heads")
        rows = connection.execute(
            text("SELECT user_id, provider, source, loa, confirmed_at IS NOT NULL FROM identities")
        )
        levels = connection.execute(text("SELECT user_id, loa FROM sessions"))
        assert set(rows.all()) == {
            (entered, "personnummer", "admin", 2, True),
            (entered, "bankid", "self", 2, True),
            (system, "personnummer", "admin", 2, True),
            (system, "bankid", "self", 2, True),
            (own, "personnummer", "self", 2, False),
            (own, "bankid", "self", 2, False),
        }
        assert set(levels.all()) == {(entered, 3), (system, 3), (own, 2)}


def test_accounts_that_were_closed_before_count_from_the_upgrade(database: Database) -> None:
    """What they keep goes as late as that of one that is closed today; the last release closes and opens beside us."""
    from alembic import command

    here, invited, closed, used = uuid4(), uuid4(), uuid4(), uuid4()
    with database.owner() as engine, engine.begin() as connection:
        config = migrating._config(connection, None, migrating.HOME / "versions")
        command.downgrade(config, "0063")
        for user_id, active in ((invited, False), (closed, False), (used, True)):
            statement = (
                "INSERT INTO users (organisation_id, id, email, name, active, created_at)"
                " VALUES (:here, :id, :email, 'Kim', :active, now() - interval '900 days')"
            )
            connection.execute(text(statement), {"here": here, "id": user_id, "email": str(user_id), "active": active})
        statement = "INSERT INTO invitations VALUES (:here, :id, 'x', NULL, now(), now())"
        connection.execute(text(statement), {"here": here, "id": invited})
        command.upgrade(config, "heads")
        query = text("SELECT id FROM users WHERE closed_at = now() ORDER BY id")
        assert connection.execute(query).scalars().all() == [closed]
        connection.execute(text("UPDATE users SET active = false WHERE id = :id"), {"id": used})
        assert connection.execute(query).scalars().all() == sorted([closed, used])
        connection.execute(text("UPDATE users SET active = true WHERE id = :id"), {"id": closed})
        assert connection.execute(query).scalars().all() == [used]


@pytest.mark.parametrize(
    ("role", "sentence"),
    [("postgres", "får varken äga"), ("budkavle_owner", "får varken äga"), ("nobody_at_all", "finns inte")],
)
def test_a_role_that_sees_everything_is_refused(
    role: str, sentence: str, budkavle_settings: Settings, database: Database
) -> None:
    """Where database.url names the owner or a superuser, row-level security would be in vain: migrating says so."""
    urls = budkavle_settings.database
    assert urls.url
    wrong = replace(urls, url=urls.url.replace("budkavle_app", role))
    with (
        closing(Database.open(replace(budkavle_settings, database=wrong))) as opened,
        pytest.raises(Misconfigured, match=sentence),
    ):
        opened.migrate()


@pytest.mark.feature("ZO11")
def test_newer_tables_are_well_and_older_ones_are_not(budkavle_platform: Platform) -> None:
    """While hosts are upgraded one by one, those of the release before serve on; they do not migrate."""
    database = budkavle_platform.database

    def revise(number: str) -> None:
        with database.owner() as engine, engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :number"), {"number": number})

    (head,) = history(str(HOME / "versions")).heads
    assert ready(budkavle_platform)
    revise("9999")
    answer = judge_tables(database, ())
    assert (answer.ok, answer.notable) == (True, True)
    assert "nyare än programmet" in str(answer)
    assert ready(budkavle_platform)
    with pytest.raises(Misconfigured, match="nyare än programmet"):
        database.migrate()
    revise("0001")
    assert not ready(budkavle_platform)
    assert not judge_tables(database, ()).ok
    revise(head)
    assert judge_tables(database, ()).ok


PLAIN = 'revision = "0001"\ndown_revision = None\n'


@pytest.mark.parametrize(
    "second",
    [
        'revision = "0002"\ndown_revision = "0001"\n',
        'revision = "0002"\ndown_revision = None\n',
        'revision: str = "0002"\ndown_revision: str | None = "0001"\n',
        'revision = "0002"\ndown_revision = None\ndepends_on = "0001"\n',
    ],
)
def test_revisions_are_read_as_text_as_alembic_reads_them(second: str, tmp_path: Path) -> None:
    """A file that is written in another way than ours is left to Alembic."""
    (tmp_path / "0001_first.py").write_text(PLAIN, "utf-8")
    (tmp_path / "0002_second.py").write_text(second, "utf-8")
    assert history(str(tmp_path)) == read_history(str(tmp_path))
    assert history(str(HOME / "versions")) == read_history(str(HOME / "versions"))


def test_our_own_revisions_are_read_without_running_them(tmp_path: Path) -> None:
    """Each web process reads them for `/readyz`; running them takes Alembic, and as long as a start's tenth."""
    (tmp_path / "0001_first.py").write_text(f"{PLAIN}raise AssertionError", "utf-8")
    assert history(str(tmp_path)).heads == {"0001"}
