"""Faults of the worker itself, such as an old plan, a wrong key or a store that is not there: they park nothing."""

import threading
from contextlib import suppress
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text

from budkavle.cases import attachments
from budkavle.deliveries import queue
from budkavle.messaging import sending
from budkavle.model.errors import Permanent, Temporary, Unavailable
from budkavle.model.messages import Address, File, Outcome
from budkavle.model.states import DeliveryState
from budkavle.operations import health
from budkavle.operations.worker import Worker
from budkavle.plugins.call_threads import CallThreads
from budkavle.plugins.protocols.transport import Backoff
from budkavle.storage.vault import FileKeys
from budkavle.testing import deliver_due
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeTransport


def send(organisation, draft, count, **more):
    for _ in range(count):
        in_work(organisation.platform, organisation.case_worker, sending.send, organisation.mailbox.id, draft(**more))


def told(organisation):
    """What the health page says is not well."""
    answers = health.check_all(organisation.platform, None)
    return [one for one in answers if not one.ok and not one.remedy.startswith("Starta den")]  # no worker runs here


def waits(organisation):
    """Whether everything waits for another try that is no counted one."""
    return {tuple(row) for row in organisation.rows("SELECT DISTINCT state, attempt FROM deliveries")} == {
        ("WAITING_FOR_RETRY", 0)
    }


def test_a_column_added_while_a_worker_runs_stops_nothing(platform, organisation, draft):
    """The next version's migration is made beneath a worker that has its statements prepared already."""
    worker = Worker(platform)
    send(organisation, draft, 3)
    while worker.work_once():
        pass
    with platform.database.owner() as engine, engine.begin() as connection:
        for table in ("deliveries", "messages", "cases", "users"):
            connection.execute(text(f"ALTER TABLE {table} ADD COLUMN later integer NOT NULL DEFAULT 1"))
    send(organisation, draft, 40)
    while worker.work_once():
        pass
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"] * 43


@pytest.mark.feature("PL5")
def test_code_that_cannot_read_its_rows_parks_nothing(platform, organisation, draft, monkeypatch):
    """An old worker, say, that meets words it does not know: all waits, and health says which worker it is."""
    send(organisation, draft, 3)
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE deliveries SET purpose = 'reminder'"))
    worker = Worker(platform)
    assert worker.work_once() == 3
    assert waits(organisation)
    (fault,) = told(organisation)
    assert "kan inte läsa" in str(fault)
    assert "version" in fault.remedy
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE deliveries SET purpose = 'message', due_at = now()"))
    assert worker.work_once() == 3
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"] * 3
    with platform.database.transaction(None) as connection:
        connection.execute(text("UPDATE worker_faults SET seen_at = seen_at - interval '4 minutes'"))
    assert not told(organisation)


@pytest.mark.feature("ZO5")
def test_a_sick_worker_claims_no_more_and_ends_with_a_word(platform, organisation, draft, monkeypatch, capsys):
    """Of more than it could ever read it takes one batch; nothing is parked, and another worker carries all."""
    send(organisation, draft, 12)

    def failing(*_):
        raise psycopg.errors.InsufficientPrivilege("permission denied for table messages")

    with monkeypatch.context() as patch:
        patch.setattr(queue, "load", failing)
        assert Worker(platform, threads=1).run(threading.Event()) == "database"
    assert "worker.sick" in capsys.readouterr().out
    rows = organisation.rows("SELECT state, count(*) FROM deliveries GROUP BY state ORDER BY state")
    assert [tuple(row) for row in rows] == [("READY_TO_SEND", 4), ("WAITING_FOR_RETRY", 8)]
    assert told(organisation)
    organisation.make_due()
    deliver_due(platform)
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"] * 12


@pytest.mark.feature("PL5")
def test_a_worker_that_gets_no_thread_parks_nothing(build_organisation, draft, monkeypatch, fake_transport):
    """As in a container whose processes have used all: nothing was tried, and no transport is blamed."""
    organisation = build_organisation()
    fake_transport.backoff = Backoff(timedelta(hours=1), timedelta(hours=1), tries=1)
    send(organisation, draft, 2)

    def refuse(_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(CallThreads, "give", lambda _self, task: refuse(task))
        assert Worker(organisation.platform).work_once() == 2
    assert waits(organisation)
    assert told(organisation)
    organisation.make_due()
    assert Worker(organisation.platform).work_once() == 2
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"] * 2


@pytest.mark.feature("PL5")
def test_a_worker_with_another_key_parks_nothing(organisation, draft, tmp_path):
    """What it cannot open it gives back, and the worker that has the key carries it."""
    send(organisation, draft, 3)
    right = organisation.platform.vault._provider
    organisation.platform.vault._provider = FileKeys.make(tmp_path / "other.key")
    organisation.platform.vault.forget()
    assert Worker(organisation.platform).work_once() == 3
    assert waits(organisation)
    assert any("nyckelfilen" in fault.remedy for fault in told(organisation))
    organisation.platform.vault._provider = right
    organisation.platform.vault.forget()  # the worker that has the key is another process
    organisation.make_due()
    assert Worker(organisation.platform).work_once() == 3
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"] * 3


@pytest.mark.feature("PL5")
def test_a_database_that_fails_while_deliveries_are_read_parks_nothing(platform, organisation, draft, monkeypatch):
    """Whatever it says, it says nothing of the deliveries."""
    send(organisation, draft, 3)

    def failing(*_):
        raise psycopg.errors.InsufficientPrivilege("permission denied for table messages")

    monkeypatch.setattr(queue, "load", failing)
    assert Worker(platform).work_once() == 3
    assert waits(organisation)


@pytest.mark.feature("PL5", "S13")
def test_attachments_that_are_all_away_park_nothing(
    platform, organisation, case_worker, mailbox, fake_transport, draft
):
    """A store that is not there, as on a new host, is the worker's fault; nothing is tried, and none of it is lost."""
    one = attachments.store(platform, case_worker, "a.pdf", "application/pdf", [b"%PDF-1."]).id
    in_work(platform, case_worker, sending.send, mailbox.id, draft(attachments=(one,)))
    store = platform.blobs._folder
    aside = store.rename(store.with_name("aside"))
    store.mkdir()
    assert Worker(platform).work_once() == 1
    assert waits(organisation)
    assert any("storage" in fault.remedy for fault in told(organisation))
    store.rmdir()
    aside.rename(store)
    organisation.make_due()
    Worker(platform).work_once()
    (carried,) = fake_transport.carried.values()
    assert carried.files == (File("a.pdf", "application/pdf", b"%PDF-1."),)


@pytest.mark.feature("PL5", "S13")
@pytest.mark.parametrize("spoil", ["lose", "alter"])
def test_an_attachment_that_is_spoilt_is_parked_alone(platform, organisation, case_worker, mailbox, draft, spoil):
    """One file is away or altered, where the store has others and the key opens them: that delivery asks for help."""
    ids = [attachments.store(platform, case_worker, "a.pdf", "application/pdf", [b"%PDF-1."]).id for _ in range(2)]
    for one in ids:
        in_work(platform, case_worker, sending.send, mailbox.id, draft(attachments=(one,)))
    (row,) = organisation.rows("SELECT blob FROM attachments WHERE id = :id", id=ids[0])
    file = platform.blobs._folder / row.blob
    if spoil == "lose":
        file.unlink()
    else:
        file.write_bytes(bytes(byte ^ 1 for byte in file.read_bytes()))
    Worker(platform).work_once()
    assert sorted(organisation.delivery_states()) == ["SEND_FAILURE", "WAITING_FOR_RECEIPT"]
    (row,) = organisation.rows("SELECT failure FROM deliveries WHERE state = 'SEND_FAILURE'")
    assert "går inte att läsa ur lagringen" in row.failure


@pytest.mark.feature("PL5", "SD7")
def test_a_kept_wire_that_is_spoilt_is_not_called_the_plugins_fault(platform, organisation, fake_transport, draft):
    """The bytes of an earlier try do not open any more: the delivery is parked as what it is."""
    send(organisation, draft, 1)
    fake_transport.failures.append(Temporary("Senare."))
    Worker(platform).work_once()
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE deliveries SET wire = set_byte(wire, length(wire) - 1, 0), due_at = now()"))
        connection.execute(text("UPDATE deliveries SET wire = set_byte(wire, length(wire) - 2, 0)"))
    Worker(platform).work_once()
    (row,) = organisation.rows("SELECT state, failure FROM deliveries")
    assert row.state == "SEND_FAILURE"
    assert "går inte att läsa ur lagringen" in row.failure


def silent(self, *_):
    """Read a stored file while the store does not answer."""
    raise Unavailable("Lagringen av filer svarar inte.")
    yield


def send_a_file(organisation, draft, transport):
    """Send a message with a file over a transport."""
    one = attachments.store(
        organisation.platform, organisation.case_worker, "a.pdf", "application/pdf", [b"%PDF-1."]
    ).id
    send(organisation, draft, 1, recipients=(Address(transport, "x"),), attachments=(one,))


@pytest.mark.feature("PL5")
def test_a_plugin_that_hides_our_fault_is_not_blamed(build_organisation, draft, monkeypatch):
    """A store that fails while a plugin reads the files is ours, whatever the plugin makes of it."""

    class Hiding(FakeTransport):
        def send(self, outgoing):
            try:
                list(outgoing.files())
            except Exception as error:
                raise Permanent("Bilagan går inte att läsa.") from error
            return super().send(outgoing)

    organisation = build_organisation(transports=(Hiding(name="hiding"),))
    send_a_file(organisation, draft, "hiding")
    with monkeypatch.context() as patch:
        patch.setattr(type(organisation.platform.blobs), "_pieces", silent)
        Worker(organisation.platform).work_once()
    assert waits(organisation)
    organisation.make_due()
    Worker(organisation.platform).work_once()
    assert organisation.delivery_states() == [DeliveryState.WAITING_FOR_RECEIPT]


@pytest.mark.feature("PL5", "S9")
def test_what_the_peer_took_in_spite_of_our_fault_is_not_handed_over_again(build_organisation, draft, monkeypatch):
    """The plugin could do without the file, or has read it a second time."""

    class Frugal(FakeTransport):
        def send(self, outgoing):
            with suppress(Unavailable):
                list(outgoing.files())
            self.tries.append(outgoing.delivery.id)
            return Outcome(DeliveryState.WAITING_FOR_RECEIPT)

    frugal = Frugal(name="frugal")
    organisation = build_organisation(transports=(frugal,))
    send_a_file(organisation, draft, "frugal")
    monkeypatch.setattr(type(organisation.platform.blobs), "_pieces", silent)
    Worker(organisation.platform).work_once()
    organisation.make_due()
    assert Worker(organisation.platform).work_once() == 0
    assert organisation.delivery_states() == [DeliveryState.WAITING_FOR_RECEIPT]
    assert len(frugal.tries) == 1
