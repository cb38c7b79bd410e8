"""Faults of the worker itself, such as an old plan, a wrong key or a store that is not there: they park nothing."""

from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text

from budkavle.cases import attachments
from budkavle.deliveries import queue
from budkavle.messaging import sending
from budkavle.model.messages import File
from budkavle.model.states import DeliveryState
from budkavle.operations import health
from budkavle.operations.worker import Worker
from budkavle.plugins.call_threads import CallThreads
from budkavle.plugins.protocols import Backoff
from budkavle.storage.vault import FileKeys
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeTransport


def send(house, draft, count, **more):
    for _ in range(count):
        in_work(house.platform, house.anna, sending.send, house.box.id, draft(**more))


def told(house):
    """What the health page says is not well."""
    answers = health.check_all(house.platform, None)
    return [one for one in answers if not one.ok and not one.remedy.startswith("Starta den")]  # no worker runs here


def waits(house):
    """Whether everything waits for another try that is no counted one."""
    return {tuple(row) for row in house.rows("SELECT DISTINCT state, attempt FROM deliveries")} == {
        ("WAITING_FOR_RETRY", 0)
    }


def test_a_column_added_while_a_worker_runs_stops_nothing(house, draft):
    """The next version's migration is made beneath a worker that has its statements prepared already."""
    worker = Worker(house.platform)
    send(house, draft, 3)
    while worker.work_once():
        pass
    with house.platform.database.owner() as engine, engine.begin() as connection:
        for table in ("deliveries", "messages", "cases", "users"):
            connection.execute(text(f"ALTER TABLE {table} ADD COLUMN later integer NOT NULL DEFAULT 1"))
    send(house, draft, 40)
    while worker.work_once():
        pass
    assert house.states() == ["WAITING_FOR_RECEIPT"] * 43


@pytest.mark.feature("PL5")
def test_code_that_cannot_read_its_rows_parks_nothing(house, draft, monkeypatch):
    """An old worker, say, that meets words it does not know: all waits, and health says which worker it is."""
    send(house, draft, 3)
    with house.platform.database.transaction(house.organisation.id) as connection:
        connection.execute(text("UPDATE deliveries SET purpose = 'reminder'"))
    worker = Worker(house.platform)
    assert worker.work_once() == 3
    assert waits(house)
    (fault,) = told(house)
    assert "kan inte läsa" in str(fault)
    assert "version" in fault.remedy
    with house.platform.database.transaction(house.organisation.id) as connection:
        connection.execute(text("UPDATE deliveries SET purpose = 'message', due_at = now()"))
    assert worker.work_once() == 3
    assert house.states() == ["WAITING_FOR_RECEIPT"] * 3
    with house.platform.database.transaction(None) as connection:
        connection.execute(text("UPDATE worker_faults SET seen_at = seen_at - interval '4 minutes'"))
    assert not told(house)


@pytest.mark.feature("PL5")
def test_a_worker_that_gets_no_thread_parks_nothing(build_house, draft, monkeypatch):
    """As in a container whose processes have used all: nothing was tried, and no transport is blamed."""
    house = build_house()
    house.transport.backoff = Backoff(timedelta(hours=1), timedelta(hours=1), tries=1)
    send(house, draft, 2)

    def refuse(_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(CallThreads, "give", lambda _self, task: refuse(task))
        assert Worker(house.platform).work_once() == 2
    assert waits(house)
    assert told(house)
    house.make_due()
    assert Worker(house.platform).work_once() == 2
    assert house.states() == ["WAITING_FOR_RECEIPT"] * 2


@pytest.mark.feature("PL5")
def test_a_worker_with_another_key_parks_nothing(house, draft, tmp_path):
    """What it cannot open it gives back, and the worker that has the key carries it."""
    send(house, draft, 3)
    right = house.platform.vault._provider
    house.platform.vault._provider = FileKeys.make(tmp_path / "other.key")
    house.platform.vault.forget()
    assert Worker(house.platform).work_once() == 3
    assert waits(house)
    assert any("nyckelfilen" in fault.remedy for fault in told(house))
    house.platform.vault._provider = right
    house.make_due()
    assert Worker(house.platform).work_once() == 3
    assert house.states() == ["WAITING_FOR_RECEIPT"] * 3


@pytest.mark.feature("PL5")
def test_a_database_that_fails_while_deliveries_are_read_parks_nothing(house, draft, monkeypatch):
    """Whatever it says, it says nothing of the deliveries."""
    send(house, draft, 3)

    def failing(*_):
        raise psycopg.errors.InsufficientPrivilege("permission denied for table messages")

    monkeypatch.setattr(queue, "load", failing)
    assert Worker(house.platform).work_once() == 3
    assert waits(house)


@pytest.mark.feature("PL5", "S13")
def test_attachments_that_are_all_away_park_nothing(house, draft):
    """A store that is not there, as on a new host, is the worker's fault; nothing is tried, and none of it is lost."""
    from budkavle.cases import attachments

    one = attachments.store(house.platform, house.anna, "a.pdf", "application/pdf", [b"%PDF-1."]).id
    in_work(house.platform, house.anna, sending.send, house.box.id, draft(attachments=(one,)))
    store = house.platform.blobs._folder
    aside = store.rename(store.with_name("aside"))
    store.mkdir()
    assert Worker(house.platform).work_once() == 1
    assert waits(house)
    assert any("storage" in fault.remedy for fault in told(house))
    store.rmdir()
    aside.rename(store)
    house.make_due()
    Worker(house.platform).work_once()
    (carried,) = house.transport.carried.values()
    assert carried.files == (File("a.pdf", "application/pdf", b"%PDF-1."),)


@pytest.mark.feature("PL5", "S13")
@pytest.mark.parametrize("spoil", ["lose", "alter"])
def test_an_attachment_that_is_spoilt_is_parked_alone(house, draft, spoil):
    """One file is away or altered, where the store has others and the key opens them: that delivery asks for help."""
    ids = [attachments.store(house.platform, house.anna, "a.pdf", "application/pdf", [b"%PDF-1."]).id for _ in range(2)]
    for one in ids:
        in_work(house.platform, house.anna, sending.send, house.box.id, draft(attachments=(one,)))
    (row,) = house.rows("SELECT blob FROM attachments WHERE id = :id", id=ids[0])
    file = house.platform.blobs._folder / row.blob
    if spoil == "lose":
        file.unlink()
    else:
        file.write_bytes(bytes(byte ^ 1 for byte in file.read_bytes()))
    Worker(house.platform).work_once()
    assert sorted(house.states()) == ["SEND_FAILURE", "WAITING_FOR_RECEIPT"]
    (row,) = house.rows("SELECT failure FROM deliveries WHERE state = 'SEND_FAILURE'")
    assert "går inte att läsa ur lagringen" in row.failure


@pytest.mark.feature("PL5", "SD7")
def test_a_kept_wire_that_is_spoilt_is_not_called_the_plugins_fault(house, draft):
    """The bytes of an earlier try do not open any more: the delivery is parked as what it is."""
    from budkavle.model.errors import Temporary

    send(house, draft, 1)
    house.transport.failures.append(Temporary("Senare."))
    Worker(house.platform).work_once()
    with house.platform.database.transaction(house.organisation.id) as connection:
        connection.execute(text("UPDATE deliveries SET wire = set_byte(wire, length(wire) - 1, 0), due_at = now()"))
        connection.execute(text("UPDATE deliveries SET wire = set_byte(wire, length(wire) - 2, 0)"))
    Worker(house.platform).work_once()
    (row,) = house.rows("SELECT state, failure FROM deliveries")
    assert row.state == "SEND_FAILURE"
    assert "går inte att läsa ur lagringen" in row.failure


@pytest.mark.feature("PL5")
def test_a_plugin_that_hides_our_fault_is_not_blamed(build_house, draft):
    """A store that fails while a plugin reads the files is ours, whatever the plugin makes of it."""
    from budkavle.cases import attachments
    from budkavle.model.errors import Permanent, Unavailable
    from budkavle.model.messages import Address

    class Hiding(FakeTransport):
        def send(self, outgoing):
            try:
                list(outgoing.files())
            except Exception as error:
                raise Permanent("Bilagan går inte att läsa.") from error
            return super().send(outgoing)

    house = build_house(transports=(Hiding(name="hiding"),))
    one = attachments.store(house.platform, house.anna, "a.pdf", "application/pdf", [b"%PDF-1."]).id
    in_work(
        house.platform,
        house.anna,
        sending.send,
        house.box.id,
        draft(recipients=(Address("hiding", "x"),), attachments=(one,)),
    )
    fetch = house.platform.blobs.__class__._pieces

    def silent(self, name):
        raise Unavailable("Lagringen av filer svarar inte.")
        yield

    house.platform.blobs.__class__._pieces = silent
    try:
        Worker(house.platform).work_once()
    finally:
        house.platform.blobs.__class__._pieces = fetch
    assert waits(house)
    house.make_due()
    Worker(house.platform).work_once()
    assert house.states() == [DeliveryState.WAITING_FOR_RECEIPT]
