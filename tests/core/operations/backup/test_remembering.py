"""A restored installation does not do again what the ledger outside of the database tells of."""

import dataclasses
import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from budkavle.cli.main import budkavle
from budkavle.deliveries import recall
from budkavle.messaging import sending
from budkavle.model.errors import Conflict, Unavailable
from budkavle.model.loa import Loa
from budkavle.model.messages import Address, Draft, Outcome, Outgoing
from budkavle.model.states import DeliveryState
from budkavle.operations.backup import deciding, objects
from budkavle.operations.backup.deciding import GONE, UNSURE, Decision
from budkavle.operations.backup.ending import end_access
from budkavle.operations.backup.restoring import restore
from budkavle.operations.batches import result_buffer
from budkavle.operations.jobs import core_jobs
from budkavle.plugins.protocols.outbox import Outbox, OutboxEntry
from budkavle.plugins.protocols.transport import Capabilities
from budkavle.storage.outbox import NewEntry, enqueue
from budkavle.storage.outside import ledger, quarantine
from budkavle.storage.outside.ledger import LedgerEvent
from budkavle.storage.outside.quarantine import Cause
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.working import deliver_due

OPERATOR = system_actor()
QUEUE = "fake.letters"
Restore = Callable[[Path], Platform]


@pytest.fixture
def restored_with_ledger(platform: Platform, open_empty) -> Restore:
    """Restore a backup on another host, to which the old host's ledger was brought."""

    def bring(folder: Path) -> Platform:
        other: Platform = open_empty()
        shutil.copytree(platform.settings.outside_folder / ledger.FOLDER, other.settings.outside_folder / ledger.FOLDER)
        restore(other, OPERATOR, folder)
        return other

    return bring


def there(organisation: SampleOrganisation, platform: Platform) -> SampleOrganisation:
    """Return the organisation as it is in the restored installation."""
    return dataclasses.replace(organisation, platform=platform)


def queue_letter(organisation: SampleOrganisation) -> None:
    """Put an entry into an outbox."""
    with organisation.platform.work(organisation.system) as work:
        enqueue(work, NewEntry(QUEUE, b"letter"))


def waiting(platform: Platform) -> list[tuple[str, int, int]]:
    """Return name, number and how many have gone, of all that waits."""
    view = deciding.show(platform, OPERATOR)
    assert view is not None
    return [(lane.name, lane.number, lane.gone) for lane in view.waiting]


@pytest.mark.feature("ZO13")
def test_what_has_gone_by_the_ledger_is_not_sent_though_all_is_to_be_sent(
    platform: Platform,
    organisation: SampleOrganisation,
    backup,
    restored_with_ledger: Restore,
    other_transport: FakeTransport,
) -> None:
    """A message that left after the backup needs action and says why; one that had not left goes."""
    organisation.send(organisation.case_worker, "Går efter kopian")
    folder = backup()
    deliver_due(platform)
    restored = restored_with_ledger(folder)
    draft = Draft((Address("fake", "them"),), "Skrivet efteråt", "Se bilagan.", loa=Loa.ONE)
    in_work(restored, organisation.case_worker, sending.send, organisation.mailbox.id, draft)
    assert waiting(restored) == [("fake", 2, 1)]
    deciding.release(restored, OPERATOR, {"fake": Decision.SEND})
    deliver_due(restored)
    assert [carried.subject for carried in other_transport.carried.values()] == ["Skrivet efteråt"]
    states = there(organisation, restored).rows("SELECT state, failure FROM deliveries ORDER BY created_at")
    assert [(row.state, row.failure) for row in states] == [("SEND_FAILURE", GONE), ("WAITING_FOR_RECEIPT", "")]


@pytest.mark.feature("ZO13")
@pytest.mark.parametrize("named", [False, True])
def test_a_power_cut_takes_nothing_that_the_database_knows_as_gone(
    platform: Platform,
    organisation: SampleOrganisation,
    fake_transport: FakeTransport,
    monkeypatch: pytest.MonkeyPatch,
    named: bool,
) -> None:
    """What the ledger tells is on the disk before the state is committed, also where the peer has its own name."""

    def take(outgoing: Outgoing) -> Outcome:
        return Outcome(DeliveryState.WAITING_FOR_RECEIPT, remote_id=f"peers {outgoing.delivery.id}")

    def known() -> int:
        return len(organisation.rows("SELECT 1 FROM deliveries WHERE state = 'WAITING_FOR_RECEIPT'"))

    def flush(handle: int) -> None:
        too_late.append(known() > kept[-1])
        flush_really(handle)
        kept.append(sum(path.read_text().count("handed-over") for path in folder.iterdir()))

    monkeypatch.setattr(result_buffer, "DURABLE_AFTER", -1.0)  # each result is, and not those of some time together
    if named:
        monkeypatch.setattr(fake_transport, "send", take)
    for number in range(3):
        organisation.send(organisation.case_worker, f"Brev {number}")
    folder, flush_really = platform.settings.outside_folder / ledger.FOLDER, os.fdatasync
    too_late, kept = list[bool](), [0]
    monkeypatch.setattr(os, "fdatasync", flush)
    deliver_due(platform)
    assert known() == kept[-1] == 3
    assert not any(too_late)


@pytest.mark.feature("ZO13")
def test_what_the_backup_knows_of_is_not_taken_for_gone(
    platform: Platform,
    organisation: SampleOrganisation,
    backup,
    restored_with_ledger: Restore,
    other_transport: FakeTransport,
) -> None:
    """A delivery that was handed over before the backup, and waits in it, had been refused: it is tried again."""
    organisation.send(organisation.case_worker, "Nekad, försöks igen")
    folder = backup()
    deliver_due(platform)
    for path in (platform.settings.outside_folder / ledger.FOLDER).iterdir():
        lines = path.read_text().splitlines()
        earlier = datetime.now(UTC) - timedelta(hours=1)
        path.write_text("".join(f"{earlier.isoformat()} {line.partition(' ')[2]}\n" for line in lines))
    restored = restored_with_ledger(folder)
    assert waiting(restored) == [("fake", 1, 0)]
    deciding.release(restored, OPERATOR, {"fake": Decision.SEND})
    deliver_due(restored)
    assert [carried.subject for carried in other_transport.carried.values()] == ["Nekad, försöks igen"]


@pytest.mark.feature("ZO13")
def test_an_entry_of_an_outbox_that_was_done_is_forgotten(
    platform: Platform, organisation: SampleOrganisation, backup, restored_with_ledger: Restore, monkeypatch
) -> None:
    """It is not handled again, whatever is decided; one that came later is."""
    handled: list[UUID] = []
    letters = Outbox("letters", lambda entry: handled.append(entry.id))
    monkeypatch.setattr(type(platform.plugins), "outboxes", {QUEUE: letters})
    queue_letter(organisation)
    folder = backup()
    core_jobs(platform)[f"outbox.{QUEUE}"].run()
    restored = restored_with_ledger(folder)
    queue_letter(there(organisation, restored))
    assert waiting(restored) == [(QUEUE, 2, 1)]
    deciding.release(restored, OPERATOR, {QUEUE: Decision.SEND})
    core_jobs(restored)[f"outbox.{QUEUE}"].run()
    assert len(handled) == len(set(handled)) == 2


@pytest.mark.parametrize(
    ("decision", "keeps_parked", "kept"),
    [(Decision.ASK, True, 1), (Decision.ASK, False, 0), (Decision.LEAVE, True, 0)],
)
def test_who_filled_an_outbox_is_told_what_is_given_up(
    platform: Platform,
    organisation: SampleOrganisation,
    monkeypatch,
    decision: Decision,
    kept: int,
    *,
    keeps_parked: bool,
) -> None:
    """So that a notice or a file says it too; a fault there stops nothing. Where nothing stays parked, nothing does."""
    told: list[tuple[bytes, str]] = []

    def gave_up(entry: OutboxEntry, failure: str) -> None:
        told.append((entry.content, failure))
        raise RuntimeError

    letters = Outbox("letters", lambda entry: None, gave_up=gave_up, keeps_parked=keeps_parked)
    monkeypatch.setattr(type(platform.plugins), "outboxes", {QUEUE: letters})
    queue_letter(organisation)
    deciding.begin(platform, OPERATOR)
    deciding.release(platform, OPERATOR, {QUEUE: decision})
    assert told == [(b"letter", UNSURE if decision is Decision.ASK else deciding.LEFT)]
    assert len(organisation.rows("SELECT id FROM outbox WHERE state = 'PARKED'")) == kept


def test_what_is_queued_because_something_was_given_up_waits(
    platform: Platform, organisation: SampleOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the same outbox: it is not given up in its turn, without end."""
    letters = Outbox("letters", lambda entry: None, gave_up=lambda entry, failure: queue_letter(organisation))
    monkeypatch.setattr(type(platform.plugins), "outboxes", {QUEUE: letters})
    queue_letter(organisation)
    deciding.begin(platform, OPERATOR)
    deciding.release(platform, OPERATOR, {QUEUE: Decision.LEAVE})
    assert [row.state for row in organisation.rows("SELECT state FROM outbox")] == ["WAITING"]


@pytest.mark.feature("ZO13")
@pytest.mark.parametrize("was_sent", [True, False])
def test_what_was_recalled_is_recalled_again(
    platform: Platform,
    organisation: SampleOrganisation,
    fake_transport: FakeTransport,
    other_transport: FakeTransport,
    backup,
    restored_with_ledger: Restore,
    *,
    was_sent: bool,
) -> None:
    """Whether it had reached its recipient when the backup was made or not; the recipient's side hears of it."""
    heard: list[UUID] = []
    for transport in (fake_transport, other_transport):
        transport.capabilities = Capabilities(receipts=True, recall=True)
        transport.open_messages = lambda actor, messages: set()
        transport.downloaded = lambda sender, remote_id: None
        transport.recalled = lambda recipient, delivery_id: None
    other_transport.recalled = lambda recipient, delivery_id: heard.append(delivery_id)
    draft = Draft((Address("fake", "them"),), "Fel mottagare", "Se bilagan.", loa=Loa.ONE)
    in_work(platform, organisation.case_worker, sending.send, organisation.mailbox.id, draft)
    if was_sent:
        deliver_due(platform)
    folder = backup()
    deliver_due(platform)
    (delivery,) = organisation.rows("SELECT id FROM deliveries")
    in_work(platform, organisation.case_worker, recall.recall, delivery.id)
    restored = restored_with_ledger(folder)
    assert there(organisation, restored).delivery_states() == ["RECALLED"]
    assert heard == [delivery.id]
    assert waiting(restored) == []


def recalled_before(platform: Platform, organisation: SampleOrganisation, transport: FakeTransport) -> UUID:
    """Return a delivery that has arrived, and that the ledger knows as recalled."""
    transport.capabilities = Capabilities(receipts=True, recall=True)
    organisation.send(organisation.case_worker, "Fel mottagare")
    deliver_due(platform)
    (delivery,) = organisation.rows("SELECT id FROM deliveries ORDER BY created_at DESC LIMIT 1")
    ledger.note(platform.settings, LedgerEvent.RECALLED, organisation.id, delivery.id)
    return UUID(str(delivery.id))


@pytest.mark.feature("ZO13")
def test_the_first_process_that_starts_recalls_again(
    platform: Platform, organisation: SampleOrganisation, fake_transport: FakeTransport
) -> None:
    """Also where something else has restored the database, and the process died in between."""
    recalled_before(platform, organisation, fake_transport)
    quarantine.begin(platform.database, Cause.BEHIND)
    note = quarantine.find(platform.database)
    assert note is not None
    quarantine.change(platform.database, replace(note, is_ended=True))
    assert end_access(platform)
    assert organisation.delivery_states() == ["RECALLED"]
    assert not end_access(platform)


@pytest.mark.feature("ZO13")
def test_a_transport_that_fails_to_recall_holds_nothing(
    platform: Platform, organisation: SampleOrganisation, fake_transport: FakeTransport
) -> None:
    """What the others take back is taken back, and the quarantine ends."""
    recalled = sorted(recalled_before(platform, organisation, fake_transport) for _ in range(2))

    def take_back(_organisation_id: UUID, delivery_id: UUID) -> None:
        if delivery_id == recalled[0]:
            raise RuntimeError

    fake_transport.take_back = take_back
    deciding.begin(platform, OPERATOR)
    states = organisation.rows("SELECT state FROM deliveries ORDER BY id")
    assert [row.state for row in states] == ["WAITING_FOR_RECEIPT", "RECALLED"]
    deciding.release(platform, OPERATOR, {})
    assert quarantine.find(platform.database) is None


def test_a_restore_that_died_before_the_files_goes_on(
    platform: Platform, organisation: SampleOrganisation, backup, open_empty, monkeypatch
) -> None:
    """The same backup again puts what lacks; until then nothing is released, and no other backup is let in."""
    organisation.send(organisation.case_worker, "Kvar")
    folder = backup()
    restored = open_empty()
    with monkeypatch.context() as dying:

        def die(*_args: object) -> None:
            raise Unavailable("Lagret svarar inte.")

        dying.setattr(objects, "copy_in", die)
        with pytest.raises(Unavailable):
            restore(restored, OPERATOR, folder)
    with pytest.raises(Conflict, match="inte klar"):
        deciding.release(restored, OPERATOR, {"fake": Decision.SEND})
    since = quarantine.find(restored.database).since
    restore(restored, OPERATOR, folder)
    assert quarantine.find(restored.database).since == since
    deciding.release(restored, OPERATOR, {"fake": Decision.SEND})
    with pytest.raises(Conflict, match="inte tom"):
        restore(restored, OPERATOR, folder)


@pytest.fixture
def command(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command of the installation."""
    monkeypatch.setenv("LANGUAGE", "sv")
    file, settings = tmp_path / "budkavle.toml", platform.settings
    url, owner = settings.database.url, settings.database.owner_url
    text = f'data = "{settings.data}"\ndisabled = ["local"]\n[database]\nurl = "{url}"\nowner_url = "{owner}"\n'
    file.write_text(text)
    return lambda *words: CliRunner().invoke(budkavle, ["--config", str(file), "quarantine", *words])


@pytest.mark.feature("ZO13")
def test_the_quarantine_is_shown_and_ended_by_its_commands(
    organisation: SampleOrganisation, command: Callable[..., Result]
) -> None:
    """Each says what to do next, and `show` ends with 1 while there is a quarantine."""
    organisation.send(organisation.case_worker, "Väntar")
    assert command("show").exit_code == 0
    assert "quarantine show" in command("begin").output
    shown = command("show")
    assert shown.exit_code == 1
    assert "Har gått enligt loggboken" in shown.output
    assert [lane["gone"] for lane in json.loads(command("show", "--json").output)["waiting"]] == [0]
    assert "inte bestämt: fake" in str(command("release").exception)
    assert "Inget väntar som heter pigeon" in str(command("release", "--send", "fake", "--leave", "pigeon").exception)
    released = command("release", "--send", "fake")
    assert "Karantänen är slut" in released.output
    assert command("show").exit_code == 0
    assert "inte i karantän" in str(command("release").exception)
