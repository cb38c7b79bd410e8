"""A database that an earlier version made is upgraded with its data."""

import base64
import json
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from alembic import command
from psycopg.sql import SQL, Identifier
from sqlalchemy import text

from budkavle.accounts import find_organisation, read_settings
from budkavle.accounts.core_settings import BinSettings, CaseSettings, SignOutSettings
from budkavle.cli.main import budkavle
from budkavle.host import build
from budkavle.identification import flow
from budkavle.messaging import read_case
from budkavle.model.loa import Loa
from budkavle.model.people import UserActor
from budkavle.settings import Settings, load_settings
from budkavle.storage.database import migrate as migrating
from budkavle.storage.database.installation_roles import prepare
from budkavle.storage.embedded import EmbeddedServer, binaries
from budkavle.storage.events.verifying import verify
from budkavle.testing.actors import system_actor
from budkavle.testing.browsing import browsing
from budkavle.testing.databases import Databases
from budkavle_adviser.word_list import WordList
from budkavle_fax.organisation_settings import Rules
from budkavle_sms.notices.settings import NoticeSettings

DUMP = Path(__file__).with_name("schema_0009")
PLUGINS = (
    *("addressbook", "sdk", "email_link", "sms", "eid", "adviser", "absence", "proof", "fax"),
    *("message_api", "teams"),
)
BJORKVIK, VATTERN = UUID("2ee256af-2ef7-4edb-a645-b1d8f3eb38d8"), UUID("6206459c-75bf-40e9-af35-055a3a7ca57a")
KARIN = UserActor(VATTERN, UUID("3b1649b6-c8be-424a-a97d-66b9db006989"), "Karin")
PASSWORD = "budkavle-demo"
CASE = UUID("dde4e639-6ae0-440a-b01b-ba3fa39a6dc1")
FAXED = UUID("84b7e17c-c360-4436-8bf0-3a640ca4c649")
ATTACHMENT = UUID("9c412799-e98e-4b0d-a7dd-242809ad69e9")
BLOB = f"{VATTERN}/40ab1fce3b80414f94f067d8e5a974ed"
CHANGED = {
    "alembic_version": "says the newest revision",
    "installation": "the master key's check value may get company",
}
"""Tables whose rows an upgrade may change, with the reason; so may each `alembic_version_PLUGIN`."""
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def settings_file(budkavle_server: EmbeddedServer, budkavle_databases: Databases, tmp_path: Path) -> Iterator[Path]:
    """The settings of an installation whose database, key and blobs are those of revision 0009."""
    name = f"upgrade_{uuid4().hex}"
    prepare(budkavle_server, name)
    subprocess.run(
        [
            *(str(binaries() / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"),
            *("-h", str(budkavle_server.socket_folder), "-U", "postgres", "-d", name, "-f", str(DUMP / "database.sql")),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    blob = tmp_path / "data" / "blobs" / BLOB
    blob.parent.mkdir(parents=True)
    blob.write_bytes(base64.b64decode((DUMP / "attachment.base64").read_text("ascii")))
    keys = tmp_path / "data" / "keys"
    keys.mkdir()
    (keys / "master.key").write_bytes((DUMP / "master.key").read_bytes())
    (keys / "master.key").chmod(0o600)
    urls = budkavle_databases.urls(name)
    file = tmp_path / "budkavle.toml"
    file.write_text(
        f'data = "{tmp_path / "data"}"\nenabled = {json.dumps(PLUGINS)}\n'
        f'[database]\nurl = "{urls.url}"\nowner_url = "{urls.owner_url}"\n'
        '[plugins.fax]\ncarrier = "simulator"\n[plugins.sms]\ngateway = "log"\n[plugins.email_link]\nhost = "outbox"\n',
        "utf-8",
    )
    yield file
    with budkavle_server.connect() as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def migrate(settings_file: Path) -> None:
    """Run `budkavle migrate`."""
    budkavle.main(["--config", str(settings_file), "migrate"], standalone_mode=False)


def rows(settings: Settings) -> Rows:
    """Return all rows of all tables, as the owner sees them."""
    url = (settings.database.owner_url or "").replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        connection.execute("SET bytea_output = 'hex'")
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        query = SQL("SELECT to_jsonb(t) FROM {} AS t")
        return {
            name: [row for (row,) in connection.execute(query.format(Identifier(name))).fetchall()]
            for (name,) in tables
        }


def lost(before: Rows, after: Rows) -> dict[str, int]:
    """Count the rows of each table that are not there any more with all their values; new columns do not matter."""
    counts = {}
    for table, old in before.items():
        if table in CHANGED or table.startswith("alembic_version_"):
            continue
        columns = sorted(old[0]) if old else []
        there = {json.dumps([row.get(column) for column in columns]) for row in after.get(table, [])}
        missing = [row for row in old if json.dumps([row[column] for column in columns]) not in there]
        if missing:
            counts[table] = len(missing)
    return counts


def test_an_upgrade_keeps_every_row_and_what_is_sealed_opens(settings_file: Path) -> None:
    """`budkavle migrate` brings a database of revision 0009 to today's schema; messages and attachments open."""
    settings = load_settings(settings_file)
    before = rows(settings)
    assert len(before["messages"]) == 21
    assert sum(map(len, before.values())) > 600

    migrate(settings_file)

    assert lost(before, rows(settings)) == {}
    with closing(build(settings)) as platform, browsing(platform) as browse:
        report = verify(platform.database, platform.vault, BJORKVIK)
        assert (report.ok, report.rows > 20, report.seals) == (True, True, 1)
        karin = browse(KARIN)
        page = karin.get(f"/c/{CASE}")
        assert page.status_code == 200
        assert "Kallelse till SIP-möte den 3 december" in page.text
        assert "Från oss deltar Anna Lind och Bo Ek." in page.text
        assert karin.get(f"/a/{ATTACHMENT}").content.startswith(b"%PDF-1.4")


def test_messages_between_accounts_of_before_go_on(settings_file: Path) -> None:
    """A message that waits to be opened since before its transport was a plugin is opened, and its sender sees so."""
    migrate(settings_file)
    with closing(build(load_settings(settings_file))) as platform, platform.work(system_actor(BJORKVIK)) as work:
        copy = text(
            "SELECT m.case_id, m.remote_id, b.owner_id FROM messages m"
            " JOIN mailboxes b ON b.id = m.mailbox_id WHERE m.transport = 'local' AND m.direction = 'in'"
        )
        delivery = text("SELECT state, opened_at FROM deliveries WHERE id = CAST(:id AS uuid)")
        arrived = work.connection.execute(copy).one()
        before = work.connection.execute(delivery, {"id": arrived.remote_id}).one()
        assert (before.state, before.opened_at) == ("WAITING_FOR_RECEIPT", None)
        work.commit()
        with platform.work(UserActor(BJORKVIK, arrived.owner_id, "Anna", loa=Loa.THREE)) as readers:
            assert read_case(readers, arrived.case_id).thread[0].message.body
        after = work.connection.execute(delivery, {"id": arrived.remote_id}).one()
        assert after.state == "ACKNOWLEDGED"
        assert after.opened_at is not None


def test_settings_that_were_chosen_before_there_were_sections_hold(settings_file: Path) -> None:
    """The core's numbers and what plugins kept in tables of their own become sections; the core's go back."""
    settings = load_settings(settings_file)
    url = (settings.database.owner_url or "").replace("+psycopg", "")
    old = {"bin_days": 3, "session_idle_minutes": 30, "join_by_reference": 0, "guest_methods": ["sms"]}
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE organisations SET settings = %s WHERE id = %s", (json.dumps(old), BJORKVIK))
        connection.execute("INSERT INTO fax_organisations VALUES (%s, 7, 18, true, 'Sekretess!')", (VATTERN,))
        connection.execute("INSERT INTO adviser_words VALUES (%s, %s)", (VATTERN, ["häst*", "åsna"]))
        connection.execute("INSERT INTO adviser_words VALUES (%s, %s)", (BJORKVIK, []))
        texts = "INSERT INTO sms_organisations (organisation_id, sender, notices, text_sv, text_en) VALUES"
        connection.execute(f"{texts} (%s, 'Vattern', true, 'Hej från {{organisation}}.', '')", (VATTERN,))
        connection.execute(f"{texts} (%s, '', false, '', 'Hello.')", (BJORKVIK,))

    migrate(settings_file)

    with closing(build(settings)) as platform:
        with platform.work(system_actor(BJORKVIK)) as work:
            assert read_settings(work, BinSettings).bin_days == 3
            assert read_settings(work, SignOutSettings) == SignOutSettings(30, 720)
            assert not read_settings(work, CaseSettings).join_by_reference
            assert find_organisation(work).settings == {"guest_methods": ["sms"]}
            assert read_settings(work, Rules) == Rules()
            assert read_settings(work, WordList).entries == []
            assert read_settings(work, NoticeSettings) == NoticeSettings(text_en="Hello.")
        with platform.work(system_actor(VATTERN)) as work:
            assert read_settings(work, Rules) == Rules(7, 18, weekdays=True, note="Sekretess!")
            assert read_settings(work, CaseSettings).join_by_reference
            assert read_settings(work, WordList).entries == ["häst*", "åsna"]
            assert read_settings(work, NoticeSettings) == NoticeSettings(
                "Vattern", notices=True, text_sv="Hej från {organisation}."
            )
        with platform.database.owner() as engine, engine.begin() as owner:
            command.downgrade(migrating._config(owner, None, migrating.HOME / "versions"), "0014")
            query = text("SELECT settings FROM organisations WHERE id = :id")
            assert owner.execute(query, {"id": BJORKVIK}).scalar_one() == old


def test_an_account_from_before_is_signed_in_to_with_its_password(settings_file: Path) -> None:
    """The way to sign in is a plugin by now, and on though the settings from before do not name it."""
    migrate(settings_file)
    with closing(build(load_settings(settings_file))) as platform:
        turn = flow.begin(platform, "password", "b", hints={"ip": "192.0.2.1"})
        done = flow.advance(platform, turn.flow, "b", {"email": "bo.ek@bjorkvik.example", "password": PASSWORD})
    assert done.signed_in is not None
    assert (done.signed_in.user.organisation_id, done.signed_in.loa) == (BJORKVIK, Loa.TWO)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_what_failed_before_says_so_still(settings_file: Path, language: str) -> None:
    """Failures, timelines and reasons were texts before they were sentences with facts; they are shown as they are."""
    settings = load_settings(settings_file)
    failure = "Fax {1} svarade inte. Det gick inte på 12 försök. Be mottagaren höra av sig."
    with psycopg.connect((settings.database.owner_url or "").replace("+psycopg", "")) as connection:
        query = "UPDATE deliveries SET state = 'SEND_FAILURE', failure = %s WHERE id = %s AND purpose = 'message'"
        assert connection.execute(query, [failure, FAXED]).rowcount == 1
    migrate(settings_file)
    with closing(build(settings)) as platform, browsing(platform) as browse:
        karin = browse(KARIN)
        karin.cookie += f"; language={language}"
        page = karin.get(f"/d/{FAXED}").text
    assert f'<html lang="{language}"' in page
    assert failure in page
    assert "2 sidor har gått fram." in page


def test_upgrading_again_changes_nothing(settings_file: Path) -> None:
    """The second `budkavle migrate` finds nothing to do."""
    migrate(settings_file)
    settings = load_settings(settings_file)
    after = rows(settings)
    migrate(settings_file)
    assert rows(settings) == after
