"""A destination that never answers costs the others of the same transport nothing."""

import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import text

from budkavle.deliveries import attempt, results
from budkavle.deliveries.destinations import naming, windows
from budkavle.deliveries.destinations.claiming import LaneQueue
from budkavle.deliveries.destinations.threads import LaneThreads
from budkavle.deliveries.destinations.turns import Turns
from budkavle.messaging import sending
from budkavle.model import sources
from budkavle.model.errors import Temporary, Unavailable
from budkavle.model.messages import Address, Outcome
from budkavle.model.states import DeliveryState
from budkavle.operations import health, lanes
from budkavle.operations.batches import batch
from budkavle.operations.worker import LEASE, Worker
from budkavle.plugins import calls
from budkavle.plugins.protocols.transport import Backoff
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.working import wait_until

HELD = 300


@dataclass
class Posts(FakeTransport):
    """A transport with a peer for each domain, of which `dead.se` never answers until it is let go."""

    name: str = "posts"
    label: str = "Poster"
    let_go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    domains: Counter[str] = field(default_factory=Counter)

    def destination(self, work, mailbox_id, recipient):
        return recipient.value.partition("@")[2]

    def send(self, outgoing):
        domain = outgoing.delivery.recipient.value.partition("@")[2]
        self.domains[domain] += 1
        if domain == "dead.se":
            self.begun.release()
            assert self.let_go.wait(120)
        return super().send(outgoing)


@pytest.fixture
def posts():
    made = Posts()
    yield made
    made.let_go.set()
    wait_until(lambda: calls.left_behind("posts") == 0)


def send(organisation, draft, value, transport="posts"):
    message = draft(recipients=(Address(transport, value),))
    in_work(organisation.platform, organisation.case_worker, sending.send, organisation.mailbox.id, message)


@pytest.mark.feature("ZO1", "PL5")
def test_a_dead_destination_costs_the_others_nothing(build_organisation, draft, posts):
    """300 wait for it and hang; what is sent to ten others goes at once, and the dead one is asked by few."""
    organisation = build_organisation(transports=(posts,))
    stop = threading.Event()
    for number in range(HELD):
        send(organisation, draft, f"{number}@dead.se")
    thread = threading.Thread(target=Worker(organisation.platform).run, args=(stop,))
    thread.start()
    try:
        assert posts.begun.acquire(timeout=60)
        begun = time.monotonic()
        for number in range(10):
            send(organisation, draft, f"anna@{number}.se")
        wait_until(lambda: len(posts.carried) == 10)
        assert time.monotonic() - begun < 20  # less than any deadline, on a machine that does much else
        assert posts.domains["dead.se"] <= 2
    finally:
        posts.let_go.set()
        stop.set()
        thread.join(60)
    assert not thread.is_alive()


@pytest.mark.feature("ZO1")
def test_a_destination_that_fails_is_closed_and_named(build_organisation, draft, posts, monkeypatch):
    """Health says which and since when; what waits there is not tried; a success opens it, and health is well."""
    organisation = build_organisation(transports=(posts,))
    posts.let_go.set()
    posts.failures += [Temporary("Nej.")] * windows.CLOSE_AFTER
    for number in range(10):
        send(organisation, draft, f"{number}@dead.se")
    worker = Worker(organisation.platform)
    assert worker.work_once() == 8
    assert posts.domains["dead.se"] == windows.CLOSE_AFTER
    send(organisation, draft, "anna@habo.se")
    assert worker.work_once() == 1
    (fault,) = (one for one in health.check_all(organisation.platform, None) if "går inte att nå" in str(one))
    assert str(fault).startswith("Poster: dead.se går inte att nå sedan")
    assert "skickas då av sig självt" in fault.remedy
    monkeypatch.setattr(sources, "monotonic", lambda: time.monotonic() + 10)
    assert worker.work_once() == 7
    assert not [one for one in health.check_all(organisation.platform, None) if "går inte att nå" in str(one)]


@pytest.mark.feature("ZO1", "PL5")
def test_calls_that_still_hang_use_up_the_room_of_their_destination(build_organisation, draft, posts, monkeypatch):
    """They are given up, and no other is begun there; when they come back after all, the others go at once."""
    monkeypatch.setattr(windows, "FIRST_PAUSE", 3600.0)
    monkeypatch.setattr(windows, "LONGEST_PAUSE", 3600.0)

    def hang(outgoing):
        posts.begun.release()
        assert posts.let_go.wait(120)
        return Outcome(DeliveryState.WAITING_FOR_RECEIPT)

    posts.send = hang
    posts.backoff = Backoff(timedelta(hours=1), timedelta(hours=1), deadline=timedelta(seconds=0.05))
    organisation = build_organisation(transports=(posts,))
    for number in range(4):
        send(organisation, draft, f"{number}@dead.se")
    worker = Worker(organisation.platform)
    worker.work_once()
    assert [posts.begun.acquire(timeout=60), posts.begun.acquire(timeout=60)] == [True, True]
    assert not posts.begun.acquire(blocking=False)
    assert worker.work_once() == 0
    posts.backoff = Backoff()
    posts.let_go.set()
    wait_until(lambda: [worker.work_once(), *organisation.delivery_states()][1:] == ["WAITING_FOR_RECEIPT"] * 4)


@pytest.mark.feature("ZO1")
def test_messages_to_many_wait_for_messages_to_few(build_organisation, draft, posts):
    """However long they have waited."""
    organisation = build_organisation(transports=(posts,))
    many = tuple(Address("posts", f"{number}@many.se") for number in range(21))
    in_work(
        organisation.platform, organisation.case_worker, sending.send, organisation.mailbox.id, draft(recipients=many)
    )
    send(organisation, draft, "anna@habo.se")
    (first, *_) = LaneQueue(organisation.platform, "posts").claim(8, LEASE)
    (few,) = organisation.rows("SELECT id FROM deliveries WHERE priority = 1")
    assert first.id == few.id


@pytest.mark.feature("ZO1")
def test_one_place_of_a_batch_is_for_what_is_tried_again(build_organisation, draft, posts):
    """So that it goes, too, while much is new; and where nothing is tried again, the place is not lost."""
    organisation = build_organisation(transports=(posts,))
    for number in range(12):
        send(organisation, draft, f"{number}@habo.se")
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(
            text(
                "UPDATE deliveries SET state = 'WAITING_FOR_RETRY', attempt = 1, due_at = now() WHERE id ="
                " (SELECT id FROM deliveries ORDER BY created_at DESC LIMIT 1) RETURNING id"
            )
        )
    queue = LaneQueue(organisation.platform, "posts")
    first, second = queue.claim(6, LEASE), queue.claim(6, LEASE)
    (retried,) = organisation.rows("SELECT id FROM deliveries WHERE attempt = 2")
    assert [claim.id for claim in first].index(retried.id) == 5
    assert (len(first), len(second)) == (6, 6)


def looks(transactions):
    """How often claims and lists were asked for, and in how many transactions."""
    statements = [[sql for sql in one if b"claim_lane" in sql or b"list_lane" in sql] for one in transactions]
    return sum(map(len, statements)), sum(map(bool, statements))


@pytest.mark.feature("ZO1", "SD7")
def test_a_claim_says_whether_something_is_left(build_organisation, draft, posts, transactions):
    """By the list, which comes with it; what is left for a later turn, or is new since, is got by the next claim."""
    organisation = build_organisation(transports=(posts,))
    queue = LaneQueue(organisation.platform, "posts")
    for number in range(2):
        send(organisation, draft, f"{number}@habo.se")
    assert len(queue.claim(2, LEASE)) == 2
    assert queue.has_more
    for number in range(3):
        send(organisation, draft, f"{number}@habo.se")
    transactions.clear()
    assert len(queue.claim(2, LEASE)) == 2
    assert queue.has_more
    queue.expire()
    assert len(queue.claim(2, LEASE)) == 1
    assert not queue.has_more
    send(organisation, draft, "anna@elsewhere.se")
    transactions.clear()
    assert len(queue.claim(2, LEASE)) == 1, "of a destination that was not asked last"
    assert looks(transactions) == (3, 2)
    transactions.clear()
    assert queue.claim(2, LEASE) == []
    assert looks(transactions) == (2, 1)
    assert not queue.has_more


@pytest.mark.feature("ZO1", "SD7")
def test_an_older_list_that_another_thread_brings_hides_nothing(build_organisation, draft, posts, monkeypatch):
    """A thread goes by the list that came with its claim, though the other's takes its place at once."""
    organisation = build_organisation(transports=(posts,))
    queue, fill = LaneQueue(organisation.platform, "posts"), Turns.fill
    send(organisation, draft, "0@habo.se")
    assert len(queue.claim(2, LEASE)) == 1
    for value in ("1@habo.se", "anna@elsewhere.se"):
        send(organisation, draft, value)
    queue.expire()
    monkeypatch.setattr(Turns, "fill", lambda turns, parts: (fill(turns, parts), fill(turns, [])))
    assert len(queue.claim(2, LEASE)) == 1, "of the destination that was asked last"
    assert queue.has_more


@pytest.mark.feature("ZO1")
def test_what_is_left_of_a_destination_is_claimed_next(build_organisation, draft, posts):
    """Where destinations share a batch, each has part of it; who has more is not forgotten until the next look."""
    organisation = build_organisation(transports=(posts,))
    other = SampleOrganisation.create(organisation.platform, "Kisa").staffed()
    for number in range(5):
        send(organisation, draft, f"{number}@habo.se")
    send(other, draft, "anna@kisa.se")
    queue = LaneQueue(organisation.platform, "posts")
    sizes = []
    while queue.has_more and len(sizes) < 20:
        sizes.append(len(queue.claim(4, LEASE)))
    assert sum(sizes) == 6
    assert not queue.has_more


@pytest.mark.feature("ZO1", "SD7")
def test_a_thread_rests_after_a_batch_that_left_nothing(build_organisation, draft, posts, transactions, monkeypatch):
    """What comes alone is asked for once; after a batch that left something the thread goes on."""
    organisation = build_organisation(transports=(posts,))
    worker, stop = Worker(organisation.platform), threading.Event()
    for module, name in ((batch, "BATCH_SECONDS"), (lanes, "SLOW_SECONDS"), (attempt, "CHECK_SECONDS")):
        monkeypatch.setattr(module, name, 300.0)  # on a busy machine a batch would release what it is late with
    monkeypatch.setattr(LaneThreads, "rest", lambda threads, _: threads._wakes or stop.set())
    run = worker._lanes["posts"].run
    for count in (1, 20, 1):
        for number in range(count):
            send(organisation, draft, f"{number}@habo.se")
        transactions.clear()
        stop.clear()
        run(stop)
        assert delivered(organisation) == len(organisation.delivery_states())
    assert looks(transactions) == (2, 1)
    worker.close()


@contextmanager
def working_by_notice(organisation, monkeypatch):
    """Let a worker of one thread hear notices, and look by itself at its start alone."""
    monkeypatch.setattr(lanes, "POLL", 300.0)
    database, stop, listens = organisation.platform.database, threading.Event(), threading.Event()
    listen = database.listen

    @contextmanager
    def noted(**given):
        with listen(**given) as listener:
            listens.set()
            yield listener

    monkeypatch.setattr(database, "listen", noted)
    thread = threading.Thread(target=Worker(organisation.platform, threads=1).run, args=(stop,))
    thread.start()
    try:
        assert listens.wait(60)
        yield
    finally:
        organisation.platform.plugins.transports["posts"].let_go.set()
        stop.set()
        thread.join(60)
    assert not thread.is_alive()


@pytest.mark.feature("ZO1")
def test_what_is_sent_while_another_goes_is_not_left_waiting(build_organisation, draft, posts, monkeypatch):
    """Though no thread looks by itself: each notice wakes one, or lets one that works look once more."""
    organisation = build_organisation(transports=(posts,))
    with working_by_notice(organisation, monkeypatch):
        send(organisation, draft, "anna@dead.se")
        assert posts.begun.acquire(timeout=60)
        send(organisation, draft, "anna@habo.se")
        posts.let_go.set()
        wait_until(lambda: delivered(organisation) == 2)
        send(organisation, draft, "anna@kisa.se")
        wait_until(lambda: delivered(organisation) == 3)


@pytest.mark.feature("ZO1", "SD7")
def test_what_is_told_before_a_worker_listens_goes_when_it_does(build_organisation, draft, posts, monkeypatch):
    """As it starts, or comes back to a database that was away: its threads have looked before, and then rest."""
    organisation = build_organisation(transports=(posts,))
    database, rests, rest = organisation.platform.database, threading.Event(), LaneThreads.rest

    def noted(threads, seconds):
        if threads._name == "posts":
            rests.set()
        rest(threads, seconds)

    @contextmanager
    def late(listen=database.listen, **given):
        assert rests.wait(60)
        send(organisation, draft, "anna@habo.se")
        with listen(**given) as listener:
            yield listener

    monkeypatch.setattr(LaneThreads, "rest", noted)
    monkeypatch.setattr(database._notifier, "tell", lambda _notices: None)
    monkeypatch.setattr(database, "listen", late)
    with working_by_notice(organisation, monkeypatch):
        wait_until(lambda: delivered(organisation) == 1)


@pytest.mark.feature("ZO1", "SD7")
def test_what_was_released_behind_a_slow_peer_is_claimed_again(build_organisation, draft, posts, monkeypatch):
    """Though its claim had left nothing, and no notice tells of it."""
    organisation = build_organisation(transports=(posts,))
    for value in ("anna@dead.se", "anna@habo.se"):
        send(organisation, draft, value)
    with working_by_notice(organisation, monkeypatch):
        assert posts.begun.acquire(timeout=60)
        wait_until(lambda: set(organisation.delivery_states()) != {"SEND_IN_PROGRESS"})
        posts.let_go.set()
        wait_until(lambda: posts.domains["habo.se"] == 1)


def delivered(organisation):
    states = organisation.delivery_states()
    return sum(state not in {"READY_TO_SEND", "SEND_IN_PROGRESS"} for state in states)


@pytest.mark.feature("ZO1")
def test_a_transport_that_fails_to_name_a_destination_holds_up_nobody(build_organisation, draft, posts):
    """The message is stored, in the queue of those without a name."""
    posts.destination = lambda *_: 1 / 0
    organisation = build_organisation(transports=(posts,))
    send(organisation, draft, "anna@habo.se")
    assert [row.destination for row in organisation.rows("SELECT destination FROM deliveries")] == [0]
    Worker(organisation.platform).work_once()
    assert len(posts.carried) == 1


@pytest.mark.feature("ZO1")
@pytest.mark.parametrize("times", [None, 1], ids=["lost", "in doubt"])
def test_a_lease_that_is_not_kept_takes_up_no_room(build_organisation, draft, posts, monkeypatch, times):
    """Not even several: where it is lost, nothing is handed over; where it is in doubt, it is asked for once more."""
    organisation = build_organisation(transports=(posts,))
    worker = Worker(organisation.platform)
    send(organisation, draft, "anna@habo.se")
    calls_of = []

    def lose(*args, **kwargs):
        calls_of.append(args)
        return False if times is None else begin(*args, **kwargs)

    def doubt(asked_at, seconds):
        return younger(asked_at, seconds) if len(calls_of) > times else lambda: False

    begin, younger = results.begin_attempt, lanes._younger_than
    monkeypatch.setattr(results, "begin_attempt", lose)
    if times is not None:
        monkeypatch.setattr(lanes, "_younger_than", doubt)
    assert worker.work_once() == 1
    assert len(calls_of) == (1 if times is None else 2)
    assert posts.domains["habo.se"] == (0 if times is None else 1)
    (window,) = worker._lanes["posts"]._windows._windows.values()
    assert window.busy == 0


@pytest.mark.feature("ZO1")
def test_a_database_that_is_away_as_a_destination_is_named_loses_no_result(
    build_organisation, draft, posts, monkeypatch
):
    """The peer and the database may be away together: what was tried waits for its next try, and leaves its room."""
    organisation = build_organisation(transports=(posts,))
    monkeypatch.setattr(windows, "CLOSE_AFTER", 1)
    posts.failures.append(Temporary("Nej."))
    send(organisation, draft, "anna@habo.se")

    def away(*_):
        raise Unavailable("Databasen svarar inte.")

    monkeypatch.setattr(naming, "name_of", away)
    worker = Worker(organisation.platform)
    assert worker.work_once() == 1
    (row,) = organisation.rows("SELECT state, begun_at FROM deliveries")
    assert (row.state, row.begun_at) == ("WAITING_FOR_RETRY", None)
    (window,) = worker._lanes["posts"]._windows._windows.values()
    assert window.busy == 0
