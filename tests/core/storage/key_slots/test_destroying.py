"""What is destroyed does not open again, neither from a restored database."""

import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from tests.core.storage.key_slots.backups import SLOTTED, back_up, doomed, drain, restore, store_of

from budkavle.cases.owned.files import OwnedFiles
from budkavle.deliveries.undo import undo
from budkavle.messaging import read_case, saved_drafts
from budkavle.model.messages import File
from budkavle.operations.destruction import destroy
from budkavle.organisation.removal import destroy_keys
from budkavle.storage.key_slots import moving, sealing
from budkavle.storage.key_slots.checking import check_store
from budkavle.storage.key_slots.store import FRESH_SECONDS
from budkavle.storage.keys import Destroyed
from budkavle.storage.platform import Platform, open_platform
from budkavle.storage.tables import kept_drafts
from budkavle.storage.vault import Vault
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import deliver_due


def live_slots(platform: Platform, organisation: SampleOrganisation) -> set[int]:
    """Return every slot that a row names and the key store still opens."""
    named = {
        slot for name in SLOTTED for (slot,) in organisation.rows(f"SELECT slot FROM {name} WHERE slot IS NOT NULL")
    }
    return {number for number, secret in store_of(platform).secrets(named).items() if secret}


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
