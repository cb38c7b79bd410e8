"""A delivery that ends the worker's process is found out and parked; those beside it are handed over once."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import text

from budkavle.deliveries import attempt, queue, receipts, results
from budkavle.deliveries.destinations.claiming import LaneQueue
from budkavle.deliveries.results import TWICE
from budkavle.messaging import sending
from budkavle.model.errors import NotYet, Unavailable
from budkavle.model.messages import Outcome
from budkavle.model.sentences import Sentence
from budkavle.model.states import DeliveryState
from budkavle.operations.worker import Worker
from budkavle.testing.acting import in_work
from budkavle.testing.working import wait_until

D = DeliveryState


def send(organisation, draft, *subjects):
    return [
        in_work(
            organisation.platform, organisation.case_worker, sending.send, organisation.mailbox.id, draft(subject=one)
        ).id
        for one in subjects
    ]


def let_time_pass(organisation):
    """Let the leases of the dead run out, and all that waits be due."""
    with organisation.platform.database.transaction(organisation.id) as connection:
        past = "now() - interval '1 second'"
        connection.execute(text(f"UPDATE deliveries SET lease_until = {past}, due_at = {past}"))


def only(organisation):
    (row,) = organisation.rows("SELECT id, state, failure, attempt, crashes FROM deliveries")
    return row


@pytest.mark.feature("S11", "PL5")
def test_a_poison_is_parked_after_three_deaths_and_its_neighbours_go_once(organisation, draft, start, tmp_path: Path):
    """Really: a process that is killed in the middle of a batch, and started again as by a supervisor."""
    book = tmp_path / "book"
    poison = send(organisation, draft, "Ett", "Två", "Gift", "Tre", "Fyra", "Fem")[2]
    ends = []
    while set(organisation.delivery_states()) != {"ACKNOWLEDGED", "SEND_FAILURE"}:
        with start() as process:
            try:
                while process.poll() is None and not _is_done(organisation):
                    let_due(organisation)
            finally:
                process.terminate()
        ends.append(process.returncode)
        let_time_pass(organisation)
        assert len(ends) < 8
    assert [code for code in ends if code] == [-9] * 3
    (row,) = organisation.rows("SELECT id, message_id, failure FROM deliveries WHERE state = 'SEND_FAILURE'")
    assert row.message_id == poison
    assert Sentence.from_stored(row.failure).startswith("Försändelsen har stoppat programmet tre gånger")
    assert "kan ha kommit fram" in Sentence.from_stored(row.failure)
    handed_over = Counter(book.read_text().split())
    assert handed_over.pop(str(row.id)) == 3
    assert list(handed_over.values()) == [1] * 5
    assert organisation.rows("SELECT trouble FROM cases WHERE trouble")


@pytest.mark.feature("ZO4", "S11")
def test_a_poison_is_attempted_alone_and_kills_one_worker_only(organisation, draft, start, tmp_path: Path):
    """After the first death a process of its own attempts it; the worker lives, and its neighbours go once."""
    book = tmp_path / "book"
    poison = send(organisation, draft, "Ett", "Två", "Gift", "Tre", "Fyra", "Fem")[2]
    (gift,) = organisation.rows("SELECT id FROM deliveries WHERE message_id = :id", id=poison)
    with start("", "alone") as process:
        assert process.wait(60) == -9
    with start("", "alone") as process:
        try:
            for deaths in (1, 2, 3):
                let_time_pass(organisation)
                wait_until(lambda deaths=deaths: _is_done(organisation) or _tries(book)[str(gift.id)] > deaths)
        finally:
            process.terminate()
    assert process.returncode == 0
    handed_over = _tries(book)
    assert handed_over.pop(str(gift.id)) == 3
    assert list(handed_over.values()) == [1] * 5
    (row,) = organisation.rows("SELECT failure FROM deliveries WHERE state = 'SEND_FAILURE'")
    assert "stoppat programmet tre gånger" in Sentence.from_stored(row.failure)
    assert _may_have_arrived(organisation) == 2


def _tries(book):
    return Counter(book.read_text().split())


@pytest.mark.feature("ZO3", "S11")
@pytest.mark.parametrize("commits", [True, False], ids=["answer cut", "commit cut"])
def test_a_result_whose_commit_is_in_doubt_is_recorded_once_more(
    platform, organisation, fake_transport, draft, monkeypatch, commits
):
    """What was handed over by a transport that keeps no bytes is not sent twice because the database did not answer."""
    send(organisation, draft, "Ett")
    record, calls = results.record_result, []

    def cut(*args, **more):
        calls.append(1)
        if commits or len(calls) > 1:
            record(*args, **more)
        if len(calls) == 1:
            raise Unavailable("Databasen svarar inte.")

    def hand_over(outgoing):
        fake_transport.tries.append(outgoing.delivery.id)
        return Outcome(D.WAITING_FOR_RECEIPT, remote_id="peer-1")

    fake_transport.send = hand_over
    monkeypatch.setattr(results, "record_result", cut)
    monkeypatch.setattr(results, "WRITE_PAUSE", 0.01)
    Worker(platform).work_once()
    let_time_pass(organisation)
    assert Worker(platform).work_once() == 0
    assert (len(fake_transport.tries), only(organisation).state) == (1, "WAITING_FOR_RECEIPT")
    assert organisation.rows("SELECT remote_id FROM deliveries")[0].remote_id == "peer-1"


def _is_done(organisation):
    return set(organisation.delivery_states()) == {"ACKNOWLEDGED", "SEND_FAILURE"}


def let_due(organisation):
    """Let the pause be over of what waits by itself; leases are left alone."""
    with organisation.platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE deliveries SET due_at = now() WHERE state = 'WAITING_FOR_RETRY'"))


@pytest.mark.feature("S11")
def test_after_a_death_the_timeline_says_that_it_may_have_arrived(platform, organisation, fake_transport, draft, dying):
    """Where the transport keeps no bytes, its peer may have it; then it is tried again, and ends as it should."""
    send(organisation, draft, "Ett")
    fake_transport.send = lambda outgoing: Outcome(D.ACKNOWLEDGED)
    with dying():
        Worker(platform).work_once()
    let_time_pass(organisation)
    Worker(platform).work_once()
    row = only(organisation)
    assert (row.state, row.attempt, row.crashes) == ("ACKNOWLEDGED", 2, 0)
    assert organisation.timeline(row.id) == ["READY_TO_SEND", "SEND_ATTEMPT_FAILED", "SEND_IN_PROGRESS", "ACKNOWLEDGED"]
    details = [
        one.detail for one in organisation.rows("SELECT detail FROM delivery_events WHERE detail <> '' ORDER BY id")
    ]
    assert TWICE in details


@pytest.mark.feature("S11")
def test_a_worker_that_ends_before_it_has_said_so_leaves_it_to_the_next(
    platform, organisation, fake_transport, draft, dying
):
    """The mark of the attempt goes with the claim; that it may have arrived is told all the same, and once."""
    send(organisation, draft, "Ett")
    fake_transport.send = lambda outgoing: Outcome(D.ACKNOWLEDGED)
    with dying():
        Worker(platform).work_once()
    for _ in range(2):
        let_time_pass(organisation)
        assert LaneQueue(platform, "fake").claim(1, timedelta(minutes=1))  # and then nothing: it ended
    let_time_pass(organisation)
    Worker(platform).work_once()
    assert only(organisation).state == "ACKNOWLEDGED"
    assert _may_have_arrived(organisation) == 1


@pytest.mark.feature("SD7")
def test_what_was_kept_is_sure_after_a_death(platform, organisation, draft, dying):
    """The same bytes go again, and the peer knows them."""
    send(organisation, draft, "Ett")
    with dying():
        Worker(platform).work_once()
    let_time_pass(organisation)
    Worker(platform).work_once()
    assert organisation.timeline(only(organisation).id) == ["READY_TO_SEND", "SEND_IN_PROGRESS", "WAITING_FOR_RECEIPT"]


@pytest.mark.feature("S11")
def test_one_that_comes_back_is_no_suspect_any_more(platform, organisation, fake_transport, draft, dying):
    """Deaths count only in a row: who was beside a poison now and then is not taken for one."""
    from budkavle.model.errors import Temporary

    send(organisation, draft, "Ett")
    for _ in range(4):
        with dying():
            Worker(platform).work_once()
        let_time_pass(organisation)
        fake_transport.failures.append(Temporary("Senare."))
        Worker(platform).work_once()
        let_time_pass(organisation)
    assert only(organisation).state == "WAITING_FOR_RETRY"


@pytest.mark.feature("S11")
def test_the_last_try_comes_at_a_time_of_its_own(platform, organisation, fake_transport, draft, dying):
    """After two deaths it waits for a while, by chance, so that two suspects are not tried at the same time again."""
    send(organisation, draft, "Ett")
    for _ in range(2):
        with dying():
            Worker(platform).work_once()
        let_time_pass(organisation)
    Worker(platform).work_once()
    assert len(fake_transport.tries) == 2
    assert (only(organisation).state, only(organisation).crashes) == ("WAITING_FOR_RETRY", 2)
    let_time_pass(organisation)
    with dying():
        Worker(platform).work_once()
    let_time_pass(organisation)
    Worker(platform).work_once()
    assert len(fake_transport.tries) == 3
    assert Sentence.from_stored(only(organisation).failure).startswith("Försändelsen har stoppat programmet tre gånger")


@pytest.mark.feature("S11")
def test_a_persons_new_try_begins_from_the_beginning(platform, organisation, case_worker, draft, dying):
    """Försök igen gives it three lives again."""
    send(organisation, draft, "Ett")
    for deaths in range(1, 4):
        with dying():
            Worker(platform).work_once()
        let_time_pass(organisation)
        if deaths > 1:  # set aside, then parked
            Worker(platform).work_once()
            let_time_pass(organisation)
    assert only(organisation).state == "SEND_FAILURE"
    in_work(platform, case_worker, receipts.retry, only(organisation).id)
    Worker(platform).work_once()
    assert (only(organisation).state, only(organisation).crashes) == ("WAITING_FOR_RECEIPT", 0)


@pytest.mark.feature("S9")
def test_what_a_dead_worker_had_not_begun_is_neither_suspect_nor_tried(platform, organisation, draft, dying):
    """Its neighbours in the batch go as if nothing had been."""
    send(organisation, draft, *["Ett"] * 4)
    with dying():
        Worker(platform).work_once()
    let_time_pass(organisation)
    Worker(platform).work_once()
    rows = organisation.rows("SELECT attempt, crashes FROM deliveries ORDER BY attempt")
    assert [tuple(row) for row in rows] == [(1, 0)] * 3 + [(2, 0)]


def _may_have_arrived(organisation):
    return [one.detail for one in organisation.rows("SELECT detail FROM delivery_events")].count(TWICE)


def raises(error):
    def fail(*_):
        raise error

    return fail


def _put_off(organisation, how, monkeypatch):
    """Let a worker take what its forerunner died of, and put it off before or without handing it over."""
    if how == "given back":
        stop = Event()
        stop.set()
        Worker(organisation.platform).work_once(stop)
    elif how == "not yet":
        organisation.platform.plugins.transports["fake"].failures.append(
            NotYet("Sändningen har inte börjat.", pause=timedelta(0))
        )
        Worker(organisation.platform).work_once()
    elif how == "unreadable":
        with monkeypatch.context() as patch:
            patch.setattr(queue, "load", raises(ZeroDivisionError))
            Worker(organisation.platform).work_once()
    elif how == "left by another death":
        with monkeypatch.context() as patch:
            patch.setattr(attempt, "prepare", raises(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                Worker(organisation.platform).work_once()
    else:
        with monkeypatch.context() as patch:
            patch.setattr(type(organisation.platform.plugins), "transports", {})
            Worker(organisation.platform).work_once()


@pytest.mark.feature("S11")
@pytest.mark.parametrize("how", ["given back", "not yet", "unreadable", "left by another death", "switched off"])
def test_what_is_put_off_after_a_death_still_says_that_it_may_have_arrived(
    platform, organisation, fake_transport, draft, dying, how, monkeypatch
):
    """Whatever comes between the death and the next handing over, it is told once that there may be two."""
    send(organisation, draft, "Ett")
    fake_transport.send = lambda outgoing: Outcome(D.ACKNOWLEDGED)
    with dying():
        Worker(platform).work_once()
    let_time_pass(organisation)
    if how == "not yet":
        del fake_transport.send
    _put_off(organisation, how, monkeypatch)
    assert only(organisation).crashes == 1
    fake_transport.send = lambda outgoing: Outcome(D.ACKNOWLEDGED)
    let_time_pass(organisation)
    Worker(platform).work_once()
    assert only(organisation).state == "ACKNOWLEDGED"
    assert _may_have_arrived(organisation) == 1
