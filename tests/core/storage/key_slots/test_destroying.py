"""What is destroyed cannot be read from a database that is restored from before, whoever has destroyed it."""

import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from sqlalchemy import delete, insert, select, text

from budkavle.cases.owned.files import OwnedFiles
from budkavle.cli.main import budkavle
from budkavle.deliveries.undo import undo
from budkavle.messaging import read_case, saved_drafts
from budkavle.model.errors import Misconfigured
from budkavle.model.messages import File
from budkavle.operations.destruction import destroy
from budkavle.operations.health import check_all
from budkavle.organisation.removal import destroy_keys
from budkavle.storage import keys_gone_by
from budkavle.storage.key_slots import backups, moving, sealing, watch
from budkavle.storage.key_slots.checking import check_store
from budkavle.storage.key_slots.doomed import destroy_doomed
from budkavle.storage.key_slots.judging import judge_store
from budkavle.storage.key_slots.store import FRESH_SECONDS, KeyStore
from budkavle.storage.keys import Destroyed, KeysUnavailable
from budkavle.storage.platform import Platform, open_platform
from budkavle.storage.tables import doomed_slots, kept_drafts, metadata
from budkavle.storage.vault import Vault
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import deliver_due

SLOTTED = {name for name, table in metadata.tables.items() if "slot" in table.c} - {"doomed_slots"}
RESTORED = {"messages", "deliveries", "attachments", "owned_files", "receipts"} | SLOTTED
Backup = dict[str, list[dict[str, Any]]]


def drain(platform: Platform) -> int:
    """Do the job that destroys doomed slots."""
    return destroy_doomed(platform.vault.slots.store, platform.database, 14)


def store_of(platform: Platform) -> KeyStore:
    """Return the key store of an installation."""
    assert platform.vault.slots.store
    return platform.vault.slots.store


def back_up(platform: Platform, organisation_id: UUID) -> Backup:
    """Return the rows that a backup of the database has of an organisation."""
    with platform.database.transaction(organisation_id) as connection:
        rows = {name: connection.execute(select(metadata.tables[name])).all() for name in RESTORED}
    return {name: [dict(row._mapping) for row in of_table] for name, of_table in rows.items()}


def restore(platform: Platform, organisation_id: UUID, rows: Backup) -> None:
    """Put the rows of a backup in the place of those that are there."""
    with platform.database.owner() as engine, engine.begin() as owner:
        for name, values in rows.items():
            table = metadata.tables[name]
            owner.execute(text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
            owner.execute(delete(table).where(table.c.organisation_id == organisation_id))
            computed = {column.name for column in table.c if column.computed is not None}
            if values:
                plain = [{key: value for key, value in row.items() if key not in computed} for row in values]
                owner.execute(insert(table), plain)
            owner.execute(text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))


def live_slots(platform: Platform, organisation: SampleOrganisation) -> set[int]:
    """Return every slot that a row names and the key store still opens."""
    named = {
        slot for name in SLOTTED for (slot,) in organisation.rows(f"SELECT slot FROM {name} WHERE slot IS NOT NULL")
    }
    return {number for number, secret in store_of(platform).secrets(named).items() if secret}


def doomed(platform: Platform) -> set[int]:
    """Return the slots that wait to be destroyed."""
    with platform.database.transaction(None) as connection:
        query = select(doomed_slots.c.slot).where(doomed_slots.c.destroyed_at.is_(None))
        return set(connection.execute(query).scalars())


@pytest.fixture
def case_id(organisation: SampleOrganisation) -> UUID:
    """A case with a message that has a file."""
    return organisation.arrive(files=(File("Vårdplan Åkesson.pdf", "application/pdf", b"%PDF-1.4 hemligt"),))


@pytest.mark.feature("Y6")
@pytest.mark.feature("ZS8")
def test_a_destroyed_message_does_not_open_from_a_restored_database(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, case_id: UUID
) -> None:
    """Message, file and file name: the rows are back as they were, and nothing of them opens; other messages do."""
    organisation.arrive("Ett annat ärende")
    backup = back_up(platform, organisation.id)
    (file,) = backup["attachments"]
    in_work(platform, organisation.system, destroy, "Tiden har gått ut.", case_ids=[case_id])
    assert drain(platform) == 2
    restore(platform, organisation.id, backup)

    with platform.work(organisation.system) as work:
        for row in backup["messages"]:
            parts = [(row["id"], part, row[part]) for part in ("head", "body")]
            opened = work.vault.open(work.connection, organisation.id, parts)
            assert (opened == [None, None]) == (row["case_id"] == case_id)
        assert work.vault.content_keys(work.connection, organisation.id, [(file["id"], "file")]) == [None]
        with pytest.raises(Destroyed):
            work.vault.open_small(organisation.id, f"file-name:{file['id']}", file["name"], work.connection)


def test_recipients_wire_and_receipts_go_with_the_message(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """What is written beside a message lies under its slot: it has none of its own to forget."""
    message = organisation.send(case_worker)
    (row,) = organisation.rows("SELECT id, recipient FROM deliveries WHERE message_id = :id", id=message.id)
    (key,) = organisation.rows("SELECT DISTINCT slot FROM content_keys WHERE owner_id = :id", id=message.id)
    assert sealing.slot_number(row.recipient) == key.slot
    with platform.work(organisation.system) as work:
        slot = work.vault.slots.beside(row.recipient)
        sealed = work.vault.seal_small(organisation.id, "wire", b"bytes", work.connection, slot)
        work.vault.destroy(work.connection, organisation.id, message.id)
    assert drain(platform) == 1
    with platform.work(organisation.system) as work:
        for label, small in ((f"recipient:{row.id}", row.recipient), ("wire", sealed)):
            with pytest.raises(Destroyed):
                work.vault.open_small(organisation.id, label, small, work.connection)
        assert work.vault.slots.beside(row.recipient) is None


def test_undoing_destroys_the_slot(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """The message that never left is closed as one that was destroyed."""
    message = organisation.send(case_worker)
    (key,) = organisation.rows("SELECT DISTINCT slot FROM content_keys WHERE owner_id = :id", id=message.id)
    in_work(platform, case_worker, undo, message.id)
    assert key.slot in doomed(platform)
    drain(platform)
    assert live_slots(platform, organisation) == set()


def test_a_draft_keeps_its_slot_while_it_is_written_and_leaves_none(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Saved again and again it takes one slot; deleted, sent or swept it leaves none."""
    draft_id = uuid4()
    for word in ("ett", "två", "tre"):
        in_work(platform, case_worker, saved_drafts.save, draft_id, {"body": [word]})
    (row,) = organisation.rows("SELECT slot FROM kept_drafts")
    assert doomed(platform) == set()
    assert in_work(platform, case_worker, saved_drafts.load, draft_id).get("body") == "tre"
    in_work(platform, case_worker, saved_drafts.remove, draft_id)
    assert doomed(platform) == {row.slot}

    in_work(platform, case_worker, saved_drafts.save, draft_id, {"body": ["fyra"]})
    with platform.work(case_worker) as work:
        work.connection.execute(
            kept_drafts.update().values(changed_at=datetime.now(UTC) - saved_drafts.SAVED_FOR - timedelta(days=1))
        )
    backup = back_up(platform, organisation.id)
    assert saved_drafts.sweep(platform) == 1
    assert drain(platform) == 2
    restore(platform, organisation.id, backup)
    assert in_work(platform, case_worker, saved_drafts.load_all) == []


def test_a_plugins_file_goes_with_its_slot(platform: Platform, organisation: SampleOrganisation) -> None:
    """Files of plugins, and their names, are destroyed as attachments are."""
    files, owner = OwnedFiles("pigeon"), uuid4()
    file = in_work(platform, organisation.system, files.keep, owner, "karta.pdf", "application/pdf", [b"x"])
    backup = back_up(platform, organisation.id)
    in_work(platform, organisation.system, files.destroy_all, owner)
    drain(platform)
    restore(platform, organisation.id, backup)
    with platform.work(organisation.system) as work:
        assert work.vault.content_keys(work.connection, organisation.id, [(file.id, "owned-file")]) == [None]
        assert [kept.name for kept in files.list(work, owner)] == ["gallrad fil"]


def test_removing_an_organisation_destroys_all_of_its_slots(
    platform: Platform, organisation: SampleOrganisation, case_id: UUID
) -> None:
    """Whatever statement takes keys away, the database dooms their slots."""
    live = live_slots(platform, organisation)
    destroy_keys(platform, organisation.id)
    assert live
    assert live <= doomed(platform)
    drain(platform)
    assert not any(store_of(platform).secrets(live).values())


def test_every_table_with_a_slot_dooms_it(platform: Platform) -> None:
    """No table has the column without both triggers, so no path of deleting or sealing anew can leave a slot."""
    query = text(
        "SELECT c.relname, count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE p.proname IN ('doom_slots_of_deleted', 'doom_slot_of_resealed') AND t.tgenabled = 'O'"
        " GROUP BY c.relname"
    )
    with platform.database.transaction(None) as connection:
        assert dict(iter(connection.execute(query))) == dict.fromkeys(SLOTTED, 2)


def test_a_part_that_is_sealed_anew_gives_its_slot_back(platform: Platform, organisation: SampleOrganisation) -> None:
    """The slot goes with the last part that lies under it, and not before."""
    owner = uuid4()
    with platform.work(organisation.system) as work:
        work.vault.seal(work.connection, organisation.id, owner, {"head": b"a", "body": b"b"})
    with platform.work(organisation.system) as work:
        work.vault.seal(work.connection, organisation.id, owner, {"head": b"c"})
    assert doomed(platform) == set()
    with platform.work(organisation.system) as work:
        work.vault.seal(work.connection, organisation.id, owner, {"head": b"e", "body": b"f"})
    assert len(doomed(platform)) == 2
    with platform.work(organisation.system) as work:
        work.vault.seal_again(work.connection, organisation.id, owner, "head", b"g")
    assert len(doomed(platform)) == 2


def test_what_is_rolled_back_destroys_nothing(platform: Platform, organisation: SampleOrganisation) -> None:
    """Slots are doomed in the transaction that destroys, or not at all."""
    owner = uuid4()
    with platform.work(organisation.system) as work:
        sealed = work.vault.seal(work.connection, organisation.id, owner, {"head": b"a"})

    def fail() -> None:
        with platform.work(organisation.system) as work:
            work.vault.destroy(work.connection, organisation.id, owner)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert drain(platform) == 0
    with platform.work(organisation.system) as work:
        assert work.vault.open(work.connection, organisation.id, [(owner, "head", sealed["head"])]) == [b"a"]


def test_dying_between_the_store_and_the_mark_is_made_good(
    platform: Platform, organisation: SampleOrganisation, case_id: UUID
) -> None:
    """The slots are destroyed, and the database does not know: the next worker does it again."""
    in_work(platform, organisation.system, destroy, "Tiden har gått ut.", case_ids=[case_id])
    slots = doomed(platform)
    store_of(platform).destroy(slots)
    assert drain(platform) == len(slots)
    assert doomed(platform) == set()


def test_what_the_store_could_not_destroy_waits(
    platform: Platform, organisation: SampleOrganisation, case_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slots are marked once the store has destroyed them; while it is away they are waited for, and health says so."""
    in_work(platform, organisation.system, destroy, "Tiden har gått ut.", case_ids=[case_id])
    slots = doomed(platform)

    def away(_: object) -> int:
        raise KeysUnavailable("Borta.")

    with monkeypatch.context() as patched:
        patched.setattr(store_of(platform), "destroy", away)
        with pytest.raises(KeysUnavailable):
            drain(platform)
    assert doomed(platform) == slots
    with platform.database.transaction(None) as connection:
        connection.execute(doomed_slots.update().values(doomed_at=datetime.now(UTC) - timedelta(hours=1)))
    (answer,) = [answer for answer in check_all(platform, None) if answer.name == "Nyckellagret"]
    assert str(answer) == "Nycklar som väntar på att förstöras: 2."
    assert drain(platform) == 2


def test_a_restored_delivery_of_a_destroyed_message_is_not_sent(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, fake_transport: FakeTransport
) -> None:
    """The queue is back as it was before the message was undone: the delivery is parked, and nothing leaves."""
    message = organisation.send(case_worker)
    backup = back_up(platform, organisation.id)
    in_work(platform, case_worker, undo, message.id)
    drain(platform)
    restore(platform, organisation.id, backup)
    deliver_due(platform)
    (row,) = organisation.rows("SELECT state, failure FROM deliveries WHERE message_id = :id", id=message.id)
    assert row.state == "SEND_FAILURE"
    assert "har gallrats och kan inte skickas igen" in row.failure
    assert not fake_transport.tries


def test_the_stores_own_copy_from_before_opens_until_the_worker_has_been_there(
    platform: Platform, organisation: SampleOrganisation, case_id: UUID, tmp_path: Path
) -> None:
    """That is why its life is short; in the installation itself what was destroyed since is destroyed again."""
    backup, store = back_up(platform, organisation.id), store_of(platform)
    copy = backups.back_up(store, platform.database, tmp_path / "copies", 14)
    in_work(platform, organisation.system, destroy, "Tiden har gått ut.", case_ids=[case_id])
    drain(platform)
    backups.restore(store, copy)
    restore(platform, organisation.id, backup)
    (row,) = backup["messages"]

    def opened() -> list[bytes | None]:
        with platform.work(organisation.system) as work:
            return work.vault.open(work.connection, organisation.id, [(row["id"], "head", row["head"])])

    assert opened() != [None]
    assert drain(platform) == 2
    assert opened() == [None]
    with platform.database.transaction(None) as connection:
        note = watch.load_note(connection)
    assert note
    assert note.fell_to is not None
    (answer,) = [answer for answer in check_all(platform, None) if answer.name == "Nyckellagret"]
    assert not answer.ok
    assert "är äldre än databasen" in str(answer)
    watch.accept(store, platform.database)
    (answer,) = [answer for answer in check_all(platform, None) if answer.name == "Nyckellagret"]
    assert answer.ok


def test_copies_live_for_their_days_only(platform: Platform, tmp_path: Path) -> None:
    """Each copy removes those that are older; other files stay; the date is known."""
    old, other = tmp_path / "key-store-20200101T000000Z.zip", tmp_path / "annat.zip"
    for path in (old, other):
        path.touch()
    copy = backups.back_up(store_of(platform), platform.database, tmp_path, 7)
    assert {path.name for path in tmp_path.iterdir()} >= {copy.name, other.name}
    assert not old.exists()
    assert copy.stat().st_mode & 0o077 == 0
    at = datetime(2026, 12, 1, 12, tzinfo=UTC)
    with platform.work(system_actor()) as work:
        assert keys_gone_by(work, at).isoformat() == "2026-12-16"  # the 14 days of the settings
        watch.note_backup(platform.database, 30)  # and where a copy is kept for longer, its own
        assert keys_gone_by(work, at).isoformat() == "2027-01-01"


def test_a_store_that_is_away_is_told_and_nothing_is_sealed_elsewhere(
    platform: Platform, organisation: SampleOrganisation, case_id: UUID, tmp_path: Path
) -> None:
    """A host whose folder is not there starts, says so, and neither reads nor writes; nor with another store."""
    folder = tmp_path / "not mounted"
    key_store = replace(platform.settings.key_store, folder=folder)
    with closing(open_platform(replace(platform.settings, key_store=key_store), platform.plugins)) as lost:
        with pytest.raises(KeysUnavailable, match="saknas, men installationen har ett"):
            lost.vault.slots.take()
        with pytest.raises(KeysUnavailable), lost.work(organisation.case_worker) as work:
            read_case(work, case_id)
        assert not folder.exists()
        (answer,) = [answer for answer in check_all(lost, None) if answer.name == "Nyckellagret"]
        assert not answer.ok
        assert "saknas" in str(answer)
        KeyStore(lost.vault.slots.store._shelf, lost.vault.store_key).create()  # type: ignore[union-attr]
        with pytest.raises(KeysUnavailable, match="är inte det som installationen använder"):
            lost.vault.slots.take()


def test_a_lost_store_can_be_given_up(platform: Platform, organisation: SampleOrganisation, case_id: UUID) -> None:
    """An operator who has no copy goes on with an empty store: what was is told, and what comes is kept."""
    for path in platform.settings.key_store_folder.iterdir():
        path.unlink()
    assert check_store(platform).lost == 2
    watch.accept(store_of(platform), platform.database)
    platform.vault.slots._is_found = False
    assert check_store(platform).lost == 2
    later = organisation.arrive("Efteråt")
    with platform.work(organisation.case_worker) as work:
        assert read_case(work, later).thread[0].message.subject == "Efteråt"


def without_slots(platform: Platform, organisation: SampleOrganisation) -> Vault:
    """Return a vault that seals as before there were slots."""
    return Vault(platform.keys, platform.database)


def test_what_was_sealed_before_opens_and_is_given_slots_while_running(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Keys, names, recipients and drafts from before get slots, in batches that may be cut off anywhere."""
    new, platform.vault = platform.vault, without_slots(platform, organisation)
    cases = [organisation.arrive(files=(File("brev.pdf", "application/pdf", b"%PDF-1.4"),)) for _ in range(3)]
    message = organisation.send(case_worker)
    in_work(platform, case_worker, saved_drafts.save, uuid4(), {"body": ["utkast"]})
    platform.vault = new
    assert live_slots(platform, organisation) == set()
    with platform.work(case_worker) as work:
        assert read_case(work, cases[0]).thread[0].message.attachments[0].file_name == "brev.pdf"

    for _ in zip(range(2), moving.give_slots(platform, batch=2)):  # noqa: B905 - cut off
        pass
    assert sum(moving.give_slots(platform, batch=2))
    assert sum(moving.give_slots(platform, batch=2)) == 0
    assert check_store(platform).unslotted == 0
    with platform.work(case_worker) as work:
        for case_id in cases:
            assert read_case(work, case_id).thread[0].message.attachments[0].file_name == "brev.pdf"
        assert "utkast" in {draft.get("body") for draft in saved_drafts.load_all(work)}
    (row,) = organisation.rows("SELECT recipient FROM deliveries WHERE message_id = :id", id=message.id)
    (key,) = organisation.rows("SELECT DISTINCT slot FROM content_keys WHERE owner_id = :id", id=message.id)
    assert sealing.slot_number(row.recipient) == key.slot
    backup = back_up(platform, organisation.id)
    in_work(platform, organisation.system, destroy, "Tiden har gått ut.", case_ids=cases)
    drain(platform)
    restore(platform, organisation.id, backup)
    heads = [(row["id"], "head", row["head"]) for row in backup["messages"] if row["case_id"] in cases]
    with platform.work(organisation.system) as work:
        assert work.vault.open(work.connection, organisation.id, heads) == [None] * 3


def test_two_processes_of_one_installation(platform: Platform, organisation: SampleOrganisation, case_id: UUID) -> None:
    """The other process has read the message; what the first destroys it cannot read again from a restored row."""
    with closing(open_platform(platform.settings, platform.plugins)) as other:
        backup = back_up(platform, organisation.id)
        (row,) = backup["messages"]
        with other.work(organisation.system) as work:
            parts = [(row["id"], "head", row["head"])]
            assert work.vault.open(work.connection, organisation.id, parts) != [None]
        in_work(platform, organisation.system, destroy, "Tiden har gått ut.", case_ids=[case_id])
        drain(platform)
        restore(platform, organisation.id, backup)
        time.sleep(FRESH_SECONDS)
        with other.work(organisation.system) as work:
            assert work.vault.open(work.connection, organisation.id, parts) == [None]


def test_a_message_takes_no_statement_more(platform: Platform, organisation: SampleOrganisation) -> None:
    """A slot is handed out in memory: the store is not written, and the key store's tables are not asked."""
    organisation.arrive()
    before = store_of(platform).root()
    for _ in range(5):
        organisation.arrive()
    assert store_of(platform).root() is before


def test_postgres_holds_the_slots_of_an_installation(
    budkavle_open: Callable[..., Platform], budkavle_settings: Any, key_database: str
) -> None:
    """With `key_store.url` nothing lies in the data folder."""
    key_store = replace(budkavle_settings.key_store, url=key_database)
    platform = budkavle_open(key_store=key_store)
    organisation = SampleOrganisation.create(platform, "Habo").staffed()
    owner = uuid4()
    with platform.work(organisation.system) as work:
        sealed = work.vault.seal(work.connection, organisation.id, owner, {"head": b"a"})
    with platform.work(organisation.system) as work:
        assert work.vault.open(work.connection, organisation.id, [(owner, "head", sealed["head"])]) == [b"a"]
    assert not budkavle_settings.key_store_folder.exists()


def test_the_settings_are_checked(platform: Platform, tmp_path: Path) -> None:
    """`config check` says where the key store is away, and that a URL cannot be read."""
    plugins, settings = platform.plugins, platform.settings
    assert judge_store(settings, plugins)
    for change, sentence in (
        ({"folder": tmp_path / "away"}, "saknas, men installationen har ett"),
        ({"url": "postgresql://x:hemligt@127.0.0.1:1/nycklar"}, "svarar inte"),
        ({"url": "nonsens"}, "key_store.url går inte att läsa"),
    ):
        changed = replace(settings, key_store=replace(settings.key_store, **change))
        with pytest.raises(Misconfigured, match=sentence) as caught:
            judge_store(changed, plugins)
        assert "hemligt" not in str(caught.value)


def test_an_operator_copies_checks_and_restores(
    budkavle_settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`budkavle keys backup`, `renew-slots`, `check`, `restore`, `slots` and `check --accept`."""
    database = budkavle_settings.database
    config = tmp_path / "budkavle.toml"
    config.write_text(f'data = "data"\n[database]\nurl = "{database.url}"\nowner_url = "{database.owner_url}"\n')

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(budkavle, ["--config", str(config), "keys", *words])
        return result.exit_code, result.output

    code, said = run("backup", str(tmp_path / "copies"), "--days", "3")
    (copy,) = (tmp_path / "copies").iterdir()
    assert (code, "ska vara borta senast" in said, copy.suffix) == (0, True, ".zip")
    assert run("check")[0] == 0
    with closing(open_platform(replace(budkavle_settings, data=tmp_path / "data"))) as platform:
        organisation = SampleOrganisation.create(platform, "Habo").staffed()
        organisation.arrive()
        drain(platform)
    code, said = run("renew-slots")
    assert (code, said.splitlines()[0]) == (0, "Kvar: 0.")
    assert run("check")[0] == 0, "every slot is where it was"
    assert run("restore", str(copy))[0] == 0
    code, said = run("check")
    assert code == 1
    assert "kan läsas: 1" in said
    assert run("restore", str(config))[0] != 0
    assert run("check", "--accept")[0] == 1  # what is lost stays lost
    assert run("slots") == (0, "Klart: 0 är flyttade.\n")
