"""Each transport has a lane: one that hangs, or whose peer is dead, stops nobody but itself."""

import sys
import threading
from collections.abc import Callable
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from budkavle.deliveries import attempt, results
from budkavle.messaging import sending
from budkavle.model.errors import Temporary, Unavailable
from budkavle.model.messages import Address, Outcome
from budkavle.model.sentences import Sentence
from budkavle.model.states import DeliveryState
from budkavle.operations import health
from budkavle.operations.batches import batch
from budkavle.operations.worker import Worker
from budkavle.plugins import calls
from budkavle.plugins.protocols.transport import Backoff
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.working import wait_until

D = DeliveryState


class Hanging(FakeTransport):
    """Does not answer until it is let go."""

    def __init__(self, **more):
        super().__init__(name="hanging", label="Hängande", **more)
        self.let_go, self.begun = threading.Event(), threading.Semaphore(0)
        self.answer: Callable[[], Outcome] = lambda: Outcome(D.ACKNOWLEDGED)

    def send(self, outgoing):
        self.tries.append(outgoing.delivery.id)
        self.begun.release()
        assert self.let_go.wait(60)
        return self.answer()


@pytest.fixture
def hanging():
    made = Hanging()
    yield made
    made.let_go.set()
    wait_until(lambda: calls.left_behind("hanging") == 0)


@pytest.fixture
def impatient(hanging):
    """The same, with a deadline that passes at once."""
    hanging.backoff = Backoff(timedelta(hours=1), timedelta(hours=1), deadline=timedelta(seconds=0.05))
    return hanging


@contextmanager
def working(platform):
    stop = threading.Event()
    thread = threading.Thread(target=Worker(platform).run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive()


def send(organisation, draft, transport, count=1):
    for _ in range(count):
        in_work(
            organisation.platform,
            organisation.case_worker,
            sending.send,
            organisation.mailbox.id,
            draft(recipients=(Address(transport, "them"),)),
        )


def states(organisation, transport):
    query = "SELECT state FROM deliveries WHERE transport = :transport ORDER BY created_at"
    return [row.state for row in organisation.rows(query, transport=transport)]


def told(organisation):
    return [
        one for one in health.check_all(organisation.platform, None) if not one.ok and "har inte svarat" in str(one)
    ]


@pytest.mark.feature("PL5", "S9")
def test_a_transport_that_hangs_stops_no_other(build_organisation, draft, hanging):
    """Three of its deliveries came first; all of the other's go while they hang."""
    organisation = build_organisation(transports=(hanging,))
    send(organisation, draft, "hanging", 3)
    with working(organisation.platform):
        assert hanging.begun.acquire(timeout=60)
        send(organisation, draft, "fake", 12)
        wait_until(lambda: states(organisation, "fake") == ["WAITING_FOR_RECEIPT"] * 12)
        assert "ACKNOWLEDGED" not in states(organisation, "hanging")
        hanging.let_go.set()
        wait_until(lambda: states(organisation, "hanging") == ["ACKNOWLEDGED"] * 3)
    assert len(hanging.tries) == 3


@pytest.mark.feature("PL5", "S10")
def test_those_behind_one_that_hangs_are_let_go_of(build_organisation, draft, hanging, monkeypatch):
    """Another thread, or another worker, takes them at the next look, long before the call is late."""
    organisation = build_organisation(transports=(hanging,))
    worker = Worker(organisation.platform)
    send(organisation, draft, "hanging", 3)
    thread = threading.Thread(target=worker.work_once)
    thread.start()
    assert hanging.begun.acquire(timeout=60)
    monkeypatch.setattr(batch, "BATCH_SECONDS", 0.0)
    for renew in list(worker._leases._held.values()):
        renew()
    assert states(organisation, "hanging") == ["SEND_IN_PROGRESS", "WAITING_FOR_RETRY", "WAITING_FOR_RETRY"]
    hanging.let_go.set()
    thread.join(60)
    assert len(hanging.tries) == 1
    monkeypatch.undo()
    assert worker.work_once() == 2
    assert states(organisation, "hanging") == ["ACKNOWLEDGED"] * 3


@pytest.mark.feature("PL5", "S10")
def test_a_call_that_is_late_is_a_failed_try_and_a_lane_that_is_stuck_waits(build_organisation, draft, impatient):
    """Its deliveries wait and are not parked; health names the transport, since when, and what to do."""
    organisation = build_organisation(transports=(impatient,))
    worker = Worker(organisation.platform)
    send(organisation, draft, "hanging", 4)
    assert worker.work_once() == 4
    assert len(impatient.tries) == 2  # as many as it has threads
    assert states(organisation, "hanging") == ["WAITING_FOR_RETRY"] * 4
    rows = organisation.rows("SELECT attempt, failure FROM deliveries ORDER BY created_at")
    assert [row.attempt for row in rows] == [1, 1, 0, 0]
    assert (
        Sentence.from_stored(rows[0].failure)
        == "Hängande svarade inte inom 0 sekunder. Försändelsen kan ha kommit fram ändå."
    )
    send(organisation, draft, "fake", 1)
    assert worker.work_once() == 1
    assert states(organisation, "fake") == ["WAITING_FOR_RECEIPT"]
    (fault,) = told(organisation)
    assert "Hängande har inte svarat sedan" in str(fault)
    assert "2 hänger" in str(fault)
    assert "Starta om bakgrundstjänsten" in fault.remedy
    (late,) = organisation.platform.plugins.walls.faults()
    assert (late.error, late.faults) == ("Late", 2)
    impatient.let_go.set()
    wait_until(lambda: calls.left_behind("hanging") == 0)
    assert worker.work_once() == 2
    assert not told(organisation)


@pytest.mark.feature("SD7")
def test_a_call_that_is_late_with_kept_bytes_doubles_nothing(build_organisation, draft, impatient):
    """Its peer knows them again, so nobody is told that it may have arrived."""
    organisation, hang = build_organisation(transports=(impatient,)), impatient.send

    def send_kept(outgoing):
        if outgoing.wire is None:
            outgoing.keep(b"bytes")
            raise Temporary("Senare.")
        return hang(outgoing)

    impatient.send = send_kept
    send(organisation, draft, "hanging", 1)
    for _ in range(2):
        Worker(organisation.platform).work_once()
        organisation.make_due()
    (row,) = organisation.rows("SELECT failure FROM deliveries")
    assert Sentence.from_stored(row.failure) == "Hängande svarade inte inom 0 sekunder."


@pytest.mark.feature("S9", "S10")
def test_what_comes_back_late_is_written_where_nobody_has_tried_again(build_organisation, draft, impatient):
    """Then it is not handed over a second time."""
    organisation = build_organisation(transports=(impatient,))
    worker = Worker(organisation.platform)
    send(organisation, draft, "hanging", 1)
    worker.work_once()
    assert states(organisation, "hanging") == ["WAITING_FOR_RETRY"]
    impatient.let_go.set()
    wait_until(lambda: states(organisation, "hanging") == ["ACKNOWLEDGED"])
    organisation.make_due()
    assert worker.work_once() == 0


@pytest.mark.feature("S9", "S10")
def test_what_comes_back_late_is_written_when_the_database_answers_again(
    build_organisation, draft, impatient, monkeypatch
):
    """It would be handed over a second time if it were forgotten."""
    organisation = build_organisation(transports=(impatient,))
    send(organisation, draft, "hanging", 1)
    Worker(organisation.platform).work_once()
    monkeypatch.setattr(results, "WRITE_PAUSE", 0.01)
    record, refusals = results.record_result, [Unavailable("Databasen svarar inte.")] * 2

    def stumble(*arguments, **more):
        if refusals:
            raise refusals.pop()
        record(*arguments, **more)

    monkeypatch.setattr(results, "record_result", stumble)
    impatient.let_go.set()
    wait_until(lambda: states(organisation, "hanging") == ["ACKNOWLEDGED"])
    assert not refusals


@pytest.mark.feature("S9", "S10")
@pytest.mark.parametrize("answer", [Outcome(D.SEND_FAILURE, detail="nej"), Outcome(D.READY_TO_SEND), "nonsense", None])
def test_what_comes_back_late_and_has_failed_changes_nothing(build_organisation, draft, impatient, answer):
    """It counted as failed already; it is tried again."""
    organisation = build_organisation(transports=(impatient,))
    impatient.answer = lambda: answer
    send(organisation, draft, "hanging", 1)
    Worker(organisation.platform).work_once()
    impatient.let_go.set()
    wait_until(lambda: calls.left_behind("hanging") == 0)
    assert states(organisation, "hanging") == ["WAITING_FOR_RETRY"]


@pytest.mark.feature("S9")
def test_what_comes_back_late_changes_no_later_try(build_organisation, draft, impatient):
    """Somebody else has it by then."""
    organisation = build_organisation(transports=(impatient,))
    send(organisation, draft, "hanging", 1)
    Worker(organisation.platform).work_once()
    organisation.make_due()
    impatient.send = lambda outgoing: Outcome(D.WAITING_FOR_RECEIPT)
    Worker(organisation.platform).work_once()
    impatient.let_go.set()
    wait_until(lambda: calls.left_behind("hanging") == 0)
    assert states(organisation, "hanging") == ["WAITING_FOR_RECEIPT"]


@pytest.mark.feature("PL5")
@pytest.mark.parametrize("leave", [sys.exit, lambda: (_ for _ in ()).throw(GeneratorExit)])
def test_a_transport_that_tries_to_end_the_program_ends_nobody(build_organisation, draft, leave):
    """Its delivery waits for another try, and the worker goes on."""

    class Leaving(FakeTransport):
        def send(self, outgoing):
            leave()
            return next(iter(()))

    organisation = build_organisation(transports=(Leaving(name="leaving", label="Lämnar"),))
    with working(organisation.platform):
        send(organisation, draft, "leaving", 3)
        wait_until(lambda: states(organisation, "leaving") == ["WAITING_FOR_RETRY"] * 3)
        send(organisation, draft, "fake", 1)
        wait_until(lambda: states(organisation, "fake") == ["WAITING_FOR_RECEIPT"])
    (failure,) = {
        row.failure for row in organisation.rows("SELECT failure FROM deliveries WHERE transport = 'leaving'")
    }
    assert Sentence.from_stored(failure) == "Tillägget för Lämnar svarade inte som det ska."


@pytest.mark.feature("S10")
def test_what_is_new_comes_before_what_is_tried_again(platform, organisation, fake_transport, draft):
    """A destination that has been dead for long, with much that is due, holds up nobody who writes elsewhere."""
    send(organisation, draft, "fake", 20)
    with platform.database.transaction(organisation.id) as connection:
        tried = "state = 'WAITING_FOR_RETRY', attempt = 1, due_at = now() - interval '1 hour'"
        connection.execute(text(f"UPDATE deliveries SET {tried}"))
    send(organisation, draft, "fake", 2)
    new = {row.id for row in organisation.rows("SELECT id FROM deliveries WHERE attempt = 0")}
    fake_transport.tries.clear()
    worker = Worker(platform, batch=3)
    assert worker.work_once() == 3
    assert set(fake_transport.tries) > new
    while worker.work_once():
        pass
    assert set(organisation.delivery_states()) == {"WAITING_FOR_RECEIPT"}


@pytest.mark.feature("S10")
def test_a_batch_that_takes_long_lets_go_of_the_rest(platform, organisation, fake_transport, draft, monkeypatch):
    """What is new need not wait for all of it; what is let go of counts as not tried."""
    monkeypatch.setattr(batch, "BATCH_SECONDS", -1.0)
    send(organisation, draft, "fake", 3)
    assert Worker(platform).work_once() == 3
    assert not fake_transport.tries
    assert [tuple(row) for row in organisation.rows("SELECT DISTINCT state, attempt FROM deliveries")] == [
        ("WAITING_FOR_RETRY", 0)
    ]
    monkeypatch.undo()
    assert Worker(platform).work_once() == 3
    assert set(organisation.delivery_states()) == {"WAITING_FOR_RECEIPT"}


@pytest.mark.feature("PL5")
def test_what_is_given_back_untried_is_told_to_no_plugin(platform, organisation, notices, draft):
    """Nothing has happened to it; and a plugin that takes its time would hold up the thread that renews all leases."""
    send(organisation, draft, "fake", 3)
    notices.clear()
    stop = threading.Event()
    stop.set()
    assert Worker(platform).work_once(stop) == 3
    assert states(organisation, "fake") == ["WAITING_FOR_RETRY"] * 3
    assert notices == []
    assert Worker(platform).work_once() == 3
    assert [facts["state"] for _, facts in notices] == ["WAITING_FOR_RECEIPT"] * 3


@pytest.mark.feature("PL5")
def test_a_worker_that_is_to_stop_does_not_wait_for_what_hangs(build_organisation, draft, hanging, monkeypatch):
    """The call gets a while more; then its delivery is given back as failed, and the process may end."""
    from budkavle.deliveries import attempt

    monkeypatch.setattr(attempt, "STOP_GRACE_SECONDS", 0.05)
    organisation = build_organisation(transports=(hanging,))
    send(organisation, draft, "hanging", 1)
    with working(organisation.platform):
        assert hanging.begun.acquire(timeout=60)
    assert states(organisation, "hanging") == ["WAITING_FOR_RETRY"]


@pytest.mark.feature("S10")
def test_a_last_try_that_is_cut_short_by_the_end_of_the_worker_parks_nothing(
    build_organisation, draft, hanging, monkeypatch
):
    """We did not wait for the answer: it counts against nobody, and the history says what may have happened."""
    monkeypatch.setattr(attempt, "STOP_GRACE_SECONDS", 0.05)
    hanging.backoff = Backoff(timedelta(hours=1), timedelta(hours=1), tries=1)
    organisation = build_organisation(transports=(hanging,))
    send(organisation, draft, "hanging", 1)
    with working(organisation.platform):
        assert hanging.begun.acquire(timeout=60)
    (row,) = organisation.rows("SELECT id, state, attempt, failure FROM deliveries")
    assert (row.state, row.attempt) == ("WAITING_FOR_RETRY", 0)
    assert Sentence.from_stored(row.failure) == (
        "Programmet avslutades innan Hängande hade svarat. Försändelsen kan ha kommit fram ändå."
    )
    assert organisation.platform.plugins.walls.faults() == []
    assert organisation.timeline(row.id) == [
        "READY_TO_SEND",
        "SEND_IN_PROGRESS",
        "SEND_ATTEMPT_FAILED",
        "WAITING_FOR_RETRY",
    ]


@pytest.mark.feature("ZO7")
@pytest.mark.parametrize(("function", "indexes"), [("claim_lane_v3", {"lane", "again"}), ("list_lane", {"lane"})])
def test_claims_use_an_index_however_much_waits(platform, organisation, function, indexes):
    """With 20,000 deliveries that are due again: neither a scan nor a sort of all of them."""
    with platform.database.transaction(organisation.id) as connection:
        connection.execute(
            text(
                "INSERT INTO deliveries (organisation_id, id, purpose, transport, recipient, state, attempt, due_at,"
                " created_at, changed_at) SELECT :o, gen_random_uuid(), 'message',"
                " CASE n % 2 WHEN 0 THEN 'fake' ELSE 'other' END, '', 'WAITING_FOR_RETRY', 1,"
                " now() - n * interval '1 second', now(), now() FROM generate_series(1, 20000) n"
            ),
            {"o": organisation.id},
        )
    with platform.database.owner() as engine, engine.begin() as connection:
        connection.execute(text("ANALYZE deliveries, organisations"))
        source, settings = connection.execute(
            text("SELECT prosrc, proconfig FROM pg_proc WHERE proname = :name"), {"name": function}
        ).one()
        for one in settings[1:]:
            connection.execute(text(f"SET LOCAL {one}"))
        query = source.partition("RETURN QUERY")[2].rpartition(";")[0]
        plan = "\n".join(connection.execute(text(f"EXPLAIN {_with_values(query)}")).scalars())
    assert {index for index in ("lane", "again", "due", "pkey") if f"deliveries_{index}" in plan} >= indexes
    assert "deliveries_due" not in plan
    assert "Seq Scan on deliveries" not in plan
    assert plan.count("Sort  ") == (1 if function == "claim_lane_v3" else 0)  # of what has been claimed
    assert "Hash" not in plan


def _with_values(query):
    """The body of a function with values in place of its arguments."""
    values = {
        "priorities, organisations,": "ARRAY[1::smallint], ARRAY[gen_random_uuid()],",
        "destinations, rooms": "ARRAY[0], ARRAY[8]",
        "most": "8",
        "+ lease,": "+ interval '1m',",
        "= lane": "= 'fake'",
        "ALL(paused)": "ALL(ARRAY[]::uuid[])",
        "ALL(shut)": "ALL(ARRAY[]::bigint[])",
    }
    for name, value in values.items():
        query = query.replace(name, value)
    return query
