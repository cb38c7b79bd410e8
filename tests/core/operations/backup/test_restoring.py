"""A restored installation has everything, and does nothing by itself until an administrator has decided."""

import dataclasses
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from budkavle.cases.teamwork.restricting import lift, restrict
from budkavle.deliveries.destinations.claiming import OthersQueue
from budkavle.host import build
from budkavle.identification import second_factor, sessions
from budkavle.identification.outcome import SignedIn
from budkavle.model.errors import Conflict, Damaged, Invalid, NotSignedIn, Unavailable
from budkavle.model.loa import Loa
from budkavle.operations.backup import deciding
from budkavle.operations.backup.deciding import Decision
from budkavle.operations.backup.restoring import restore
from budkavle.operations.health import check_all
from budkavle.operations.jobs import Jobs, core_jobs
from budkavle.operations.leases import Leases
from budkavle.operations.nodes import Heartbeat, NodeKind
from budkavle.operations.worker import LEASE, Worker
from budkavle.settings import KeyStoreSettings, Settings
from budkavle.storage import outbox
from budkavle.storage.events.verifying import verify
from budkavle.storage.outbox import NewEntry, enqueue
from budkavle.storage.outside import epoch, notes, quarantine
from budkavle.storage.platform import Platform
from budkavle.storage.tables import cases, messages, organisations
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser

OPERATOR = system_actor()
QUEUE = "fake.letters"


@pytest.fixture
def waiting(organisation: SampleOrganisation) -> SampleOrganisation:
    """An organisation with a message that waits to be sent, a session, and an entry of an outbox."""
    organisation.send(organisation.case_worker, "Väntar")
    with organisation.platform.work(organisation.system) as work:
        enqueue(work, NewEntry(QUEUE, b"letter"))
    return organisation


@pytest.fixture
def session(waiting: SampleOrganisation) -> str:
    """The cookie of somebody who is signed in when the backup is made."""
    user = waiting.case_worker.user
    return sessions.start(waiting.platform, SignedIn(user, Loa.TWO, "password", "/"))


@pytest.fixture
def restored(waiting: SampleOrganisation, session: str, backup, open_empty) -> Platform:
    """The installation after a restore on another host."""
    folder = backup()
    platform: Platform = open_empty()
    restore(platform, OPERATOR, folder)
    return platform


def carried_by(platform: Platform) -> int:
    """Let a worker do all that it may."""
    worker = Worker(platform)
    try:
        return worker.work_once()
    finally:
        worker.close()


def decide_all(platform: Platform, decision: Decision) -> None:
    """Decide the same about all that waits."""
    view = deciding.show(platform, OPERATOR)
    assert view is not None
    deciding.release(platform, OPERATOR, {one.name: decision for one in view.waiting})


def rows(platform: Platform, organisation: SampleOrganisation, query: str) -> list:
    """Look into the restored database."""
    return dataclasses.replace(organisation, platform=platform).rows(query)


@pytest.mark.feature("ZO13")
def test_everything_is_back_and_opens(restored: Platform, waiting: SampleOrganisation) -> None:
    """Rows, sealed words and the event log's chain are as they were; a new row gets a number of its own."""
    for table in ("messages", "deliveries", "users", "audit_log", "content_keys"):
        before = waiting.rows(f"SELECT count(*) AS n FROM {table}")[0].n
        assert rows(restored, waiting, f"SELECT count(*) AS n FROM {table}")[0].n == before, table
    assert verify(restored.database, restored.vault, waiting.id).ok
    (entry,) = rows(restored, waiting, "SELECT id, sealed FROM outbox")
    assert restored.vault.open_small(waiting.id, f"outbox:{entry.id}", bytes(entry.sealed)) == b"letter"


def test_what_had_moved_stays_shut_after_a_restore(organisation, platform: Platform, backup, open_empty) -> None:
    """A backup has no triggers: without them what arrives would be stored in the copy that nobody reads."""
    with platform.database.transaction(None) as connection:
        connection.execute(update(organisations).values(state="moved", moved_to="http://127.0.0.1:8421"))
    folder, restored = backup(), open_empty()
    restore(restored, OPERATOR, folder)
    with pytest.raises(Unavailable, match="har flyttat till"):
        dataclasses.replace(organisation, platform=restored).arrive()


def test_row_level_security_holds_after_a_restore(restored: Platform, other_organisation: SampleOrganisation) -> None:
    """What was set aside to fill the tables is back: one organisation sees nothing of another's."""
    assert rows(restored, other_organisation, "SELECT id FROM deliveries") == []
    query = "SELECT count(*) AS n FROM pg_class WHERE relname = 'deliveries' AND relforcerowsecurity"
    assert rows(restored, other_organisation, query)[0].n == 1
    query = "SELECT count(*) AS n FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'D'"
    assert rows(restored, other_organisation, query)[0].n == 0


@pytest.mark.feature("ZO13", "E22")
def test_a_restricted_case_stays_so_in_a_restored_installation(
    organisation: SampleOrganisation, backup, open_empty
) -> None:
    """Neither it nor its messages are there for others; and what is lifted there is everybody's again."""
    worker, colleague = organisation.case_worker, organisation.colleague
    case_id = organisation.arrive("Orosanmälan")
    in_work(organisation.platform, worker, restrict, case_id, [worker.id], "Skyddade uppgifter")
    folder = backup()
    platform = open_empty()
    restore(platform, OPERATOR, folder)

    def known_to(person: SampleUser) -> list[int]:
        with platform.work(person) as work:
            return [len(work.connection.execute(select(table.c.id)).all()) for table in (cases, messages)]

    assert (known_to(worker), known_to(colleague)) == ([1, 1], [0, 0])
    in_work(platform, worker, lift, case_id)
    assert known_to(colleague) == [1, 1]


@pytest.mark.feature("ZO13")
def test_nothing_is_sent_before_it_is_released(restored: Platform, other_transport: FakeTransport, waiting) -> None:
    """A worker claims no delivery, no entry of an outbox and no job."""
    assert carried_by(restored) == 0
    assert OthersQueue(restored, []).claim(10, LEASE) == []
    assert other_transport.carried == {}
    assert outbox.claim(restored.database, restored.vault, QUEUE, 10, LEASE) == []
    leases = Leases(LEASE)
    jobs = core_jobs(restored)
    assert Jobs(restored, leases, jobs).take(len(jobs)) == []
    leases.close()


@pytest.mark.feature("ZO13")
def test_what_had_gone_is_not_sent_again(
    waiting: SampleOrganisation, platform: Platform, fake_transport: FakeTransport, backup, open_empty, other_transport
) -> None:
    """The message waits in the backup, goes afterwards, and stays once in all after restore and release."""
    folder = backup()
    assert carried_by(platform) == 1
    restored = open_empty()
    restore(restored, OPERATOR, folder)
    decide_all(restored, Decision.ASK)
    assert carried_by(restored) == 0
    assert len(fake_transport.carried) + len(other_transport.carried) == 1
    (delivery,) = rows(restored, waiting, "SELECT state, failure FROM deliveries")
    assert delivery.state == "SEND_FAILURE"
    assert "kan ha skickats redan" in delivery.failure
    (case,) = rows(restored, waiting, "SELECT trouble FROM cases")
    assert case.trouble
    assert outbox.counts(restored.database, waiting.id, LEASE)[0].parked == 1
    (entry,) = rows(restored, waiting, "SELECT entry FROM audit_log WHERE kind = 'message.parked'")
    assert '"fake"' in entry.entry


def test_released_mail_flows(restored: Platform, other_transport: FakeTransport, waiting: SampleOrganisation) -> None:
    """What is to be sent goes, once the quarantine has ended."""
    decide_all(restored, Decision.SEND)
    assert deciding.show(restored, OPERATOR) is None
    assert carried_by(restored) == 1
    assert len(other_transport.carried) == 1
    assert len(outbox.claim(restored.database, restored.vault, QUEUE, 10, LEASE)) == 1


def test_what_is_left_is_not_sent(restored: Platform, waiting: SampleOrganisation) -> None:
    """The delivery says why; the entry of the outbox is gone."""
    decide_all(restored, Decision.LEAVE)
    assert carried_by(restored) == 0
    assert outbox.counts(restored.database, waiting.id, LEASE) == []
    (delivery,) = rows(restored, waiting, "SELECT failure FROM deliveries")
    assert "bestämt att det här inte skickas" in delivery.failure


def test_what_waits_in_an_organisation_that_was_about_to_be_moved_is_decided_too(
    waiting: SampleOrganisation, platform: Platform, backup, open_empty, other_transport: FakeTransport
) -> None:
    """Otherwise it would be sent again when the move is broken off after the release."""
    with platform.database.transaction(None) as connection:
        connection.execute(update(organisations).where(organisations.c.id == waiting.id).values(state="leaving"))
    folder, restored = backup(), open_empty()
    restore(restored, OPERATOR, folder)
    view = deciding.show(restored, OPERATOR)
    assert view is not None
    assert {one.name for one in view.waiting} == {"fake", QUEUE}
    decide_all(restored, Decision.LEAVE)
    with restored.database.transaction(None) as connection:
        connection.execute(update(organisations).where(organisations.c.id == waiting.id).values(state="active"))
    assert carried_by(restored) == 0
    assert other_transport.carried == {}


def test_all_that_waits_must_be_decided(restored: Platform) -> None:
    """A transport that nobody has named holds the release back."""
    with pytest.raises(Invalid, match="fake"):
        deciding.release(restored, OPERATOR, {QUEUE: Decision.SEND})
    with pytest.raises(Invalid, match="pigeon"):
        deciding.release(restored, OPERATOR, {QUEUE: Decision.SEND, "fake": Decision.SEND, "pigeon": Decision.SEND})
    assert deciding.show(restored, OPERATOR) is not None


@pytest.mark.feature("ZS3")
def test_nobody_is_signed_in_after_a_restore(restored: Platform, platform: Platform, session: str) -> None:
    """A cookie of before answers as signed out, also after the release."""
    assert sessions.find(platform, session).user.name
    with pytest.raises(NotSignedIn):
        sessions.find(restored, session)
    decide_all(restored, Decision.SEND)
    with pytest.raises(NotSignedIn):
        sessions.find(restored, session)


@pytest.mark.feature("ZS3")
def test_a_recovery_code_that_was_used_since_opens_nothing_again(platform, waiting, backup, open_empty) -> None:
    """The backup has it unused; all that were made before it are over, and new ones count."""
    user = waiting.case_worker.user
    codes = in_work(platform, waiting.case_worker, second_factor.make_recovery_codes, user)
    folder = backup()
    assert second_factor.use_recovery_code(platform, user, codes[0])
    restored = open_empty()
    restore(restored, OPERATOR, folder)
    assert not second_factor.use_recovery_code(restored, user, codes[0])
    assert second_factor.recovery_codes_left(restored, user) == 0
    assert second_factor.recovery_codes_left(platform, user) == len(codes) - 1
    (new, *_) = in_work(restored, waiting.case_worker, second_factor.make_recovery_codes, user)
    decide_all(restored, Decision.SEND)
    assert second_factor.use_recovery_code(restored, user, new)


def test_a_database_with_something_in_it_is_refused(platform: Platform, waiting, backup) -> None:
    """A backup is never laid over an installation."""
    with pytest.raises(Conflict, match="inte tom"):
        restore(platform, OPERATOR, backup())


def test_another_master_key_is_refused(waiting, backup, empty_settings: Settings) -> None:
    """Nothing is restored that could not be read, or that somebody else has made."""
    folder: Path = backup()
    empty_settings.key_file.write_text("ab" * 32 + "\n")
    other = replace(empty_settings, key_store=KeyStoreSettings(), enabled=())
    with closing(build(other)) as platform, pytest.raises(Damaged, match="annan huvudnyckel"):
        restore(platform, OPERATOR, folder)


@pytest.mark.feature("ZS3")
def test_a_database_that_went_back_in_time_lets_nobody_in(platform: Platform, session: str) -> None:
    """Whatever restored it: the process that tells that it is there notices, and ends what was signed in."""
    folder = platform.settings.outside_folder
    epoch.grow(platform.database, folder)
    with platform.database.transaction(None) as connection:
        notes.store(connection, epoch.NAME, 1)
    Heartbeat(platform, NodeKind.WEB).beat()
    note = quarantine.find(platform.database)
    assert note is not None
    assert note.is_ended
    with pytest.raises(NotSignedIn):
        sessions.find(platform, session)


def test_administrators_see_the_quarantine_on_each_page(platform: Platform, organisation, browse) -> None:
    """And nobody else; health says it too."""
    words = "Installationen är i karantän"
    assert words not in browse(organisation.administrator).get("/organisation/settings").text
    deciding.begin(platform, OPERATOR)
    assert words in browse(organisation.administrator).get("/organisation/settings").text
    assert words not in browse(organisation.case_worker).get("/").text
    assert any("karantän" in str(answer) for answer in check_all(platform, None) if not answer.ok)
