"""What peers say about what we sent: all of it is kept, and only what the table allows changes anything."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise, takewhile
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from budkavle.cases import case_updates
from budkavle.deliveries import queue, results
from budkavle.deliveries.destinations.claiming import LaneQueue
from budkavle.deliveries.transitions import StateChange, Transition
from budkavle.messaging import sending
from budkavle.model.errors import Conflict, NotFound, Permanent, Temporary
from budkavle.model.messages import Outcome
from budkavle.model.receipts import Reason
from budkavle.model.sentences import Sentence
from budkavle.model.states import DELIVERY, DeliveryState, may_follow
from budkavle.operations.worker import Worker
from budkavle.plugins import breakers
from budkavle.storage.pipeline import driver
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.blocking import log_held
from budkavle.testing.working import wait_until

D = DeliveryState


@pytest.fixture
def sent(platform, organisation, case_worker, mailbox, draft):
    """The id of a delivery that waits for its receipt."""
    in_work(platform, case_worker, sending.send, mailbox.id, draft())
    Worker(platform).work_once()
    return organisation.rows("SELECT id FROM deliveries")[0].id


def trouble(organisation):
    return organisation.rows("SELECT trouble FROM cases")[0].trouble


@pytest.mark.feature("S14", "S15", "SD5", "SD6")
def test_a_receipt_moves_its_delivery(platform, organisation, notices, mailbox, sent, word):
    """The receiver's word changes the state, is kept as evidence, and is told to plugins and in the log."""
    assert acting.receipt(platform, word(sent, D.ACKNOWLEDGED))
    assert organisation.delivery_states() == ["ACKNOWLEDGED"]
    assert organisation.timeline(sent) == ["READY_TO_SEND", "SEND_IN_PROGRESS", "WAITING_FOR_RECEIPT", "ACKNOWLEDGED"]
    (row,) = organisation.rows("SELECT applied, evidence, delivery_id FROM receipts")
    assert (row.applied, row.delivery_id) == (True, sent)
    assert b"signed" not in bytes(row.evidence)
    assert notices[-1] == ("state_changed", {"delivery_id": sent, "state": "ACKNOWLEDGED"})
    assert organisation.log_kinds()[-1] == "delivery.acknowledged"
    assert organisation.last_log_facts()["mailbox"] == str(mailbox.id)


@pytest.mark.feature("SD6", "SD5")
def test_the_same_receipt_counts_once(platform, organisation, sent, word):
    """However often and however many at once it comes, a receipt is stored and applied once."""
    same = word(sent, D.ACKNOWLEDGED)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: acting.receipt(platform, same), range(4)))
    assert sorted(answers) == [False, False, False, True]
    assert len(organisation.rows("SELECT 1 FROM receipts")) == 1


@pytest.mark.feature("SD6")
def test_receipts_without_a_name_are_told_apart_by_what_they_say(platform, organisation, sent, word):
    """A peer that names no receipts can still say two things, each once."""
    for state in (D.ACKNOWLEDGED, D.REJECTED, D.REJECTED):
        acting.receipt(platform, word(sent, state, receipt_id=""))
    assert len(organisation.rows("SELECT 1 FROM receipts")) == 2


@pytest.mark.feature("SD6")
@pytest.mark.parametrize("late", [D.WAITING_FOR_RECEIPT, D.ACKNOWLEDGED, D.SEND_ENQUEUED])
def test_a_late_or_lower_receipt_is_kept_and_changes_nothing(platform, organisation, sent, word, late):
    """After REJECTED nothing that comes changes the state; it is stored, and no error."""
    acting.receipt(platform, word(sent, D.REJECTED, reasons=(Reason("BV", "Okänd funktion"),)))
    assert not acting.receipt(platform, word(sent, late))
    assert organisation.delivery_states() == ["REJECTED"]
    assert [row.applied for row in organisation.rows("SELECT applied FROM receipts ORDER BY received_at")] == [
        True,
        False,
    ]


@pytest.mark.feature("SD6")
def test_a_receipt_for_nothing_we_sent_is_kept(platform, organisation, word):
    """An unknown identifier is no error: the evidence is kept without a delivery."""
    assert not acting.receipt(platform, word("nowhere", D.ACKNOWLEDGED))
    assert organisation.rows("SELECT delivery_id FROM receipts")[0].delivery_id is None
    assert organisation.log_kinds()[-1] == "receipt.unmatched"


@pytest.mark.feature("SD5", "SD6")
def test_a_receipt_from_a_stranger_is_kept_and_changes_nothing(platform, organisation, mailbox, sent, word):
    """Only the one who was written to says what became of it; another's word is evidence of that other."""
    assert not acting.receipt(platform, word(sent, D.ACKNOWLEDGED, sender="0203:other.example"))
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"]
    (row,) = organisation.rows("SELECT applied, delivery_id FROM receipts")
    assert (row.applied, row.delivery_id) == (False, sent)
    assert organisation.log_kinds()[-1] == "receipt.stranger"
    assert organisation.last_log_facts()["mailbox"] == str(mailbox.id)


@pytest.mark.feature("S11", "SD6")
def test_a_rejection_says_why_and_stands_under_what_needs_attention(platform, organisation, sent, word):
    """The reasons stay with the delivery in words, and its case is in trouble."""
    assert not trouble(organisation)
    acting.receipt(platform, word(sent, D.REJECTED, reasons=(Reason("BV", "Okänd funktion"),)))
    assert "Okänd funktion (BV)" in Sentence.from_stored(organisation.rows("SELECT failure FROM deliveries")[0].failure)
    assert trouble(organisation)


@pytest.mark.feature("S8", "S10", "SD6")
def test_the_peers_own_retrying_is_left_to_the_peer(platform, organisation, sent, draft, word):
    """When the access point says that it tries again, no worker of ours sends a second time."""
    with platform.database.transaction(organisation.id) as connection:
        from sqlalchemy import text

        connection.execute(text("UPDATE deliveries SET state = 'SEND_ENQUEUED'"))
    assert acting.receipt(platform, word(sent, D.WAITING_FOR_RETRY))
    assert Worker(platform).work_once() == 0
    assert acting.receipt(platform, word(sent, D.WAITING_FOR_RECEIPT))


@pytest.mark.feature("SD7", "S10")
def test_the_same_bytes_go_again_when_the_peer_has_given_up(platform, organisation, fake_transport, sent, word):
    """An access point that had taken the message and gave up gets the very same bytes after a pause."""
    with platform.database.transaction(organisation.id) as connection:
        from sqlalchemy import text

        connection.execute(text("UPDATE deliveries SET state = 'SEND_ENQUEUED'"))
    assert acting.receipt(platform, word(sent, D.SEND_ATTEMPT_FAILED, reasons=(Reason("", "Ingen kontakt"),)))
    assert organisation.timeline(sent)[-2:] == ["SEND_ATTEMPT_FAILED", "WAITING_FOR_RETRY"]
    assert Worker(platform).work_once() == 0
    organisation.make_due()
    assert Worker(platform).work_once() == 1
    assert fake_transport.tries == [sent, sent]
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"]


@pytest.mark.feature("SD7")
def test_a_transport_says_when_the_same_bytes_go_again(platform, organisation, sent, word):
    """The pause of the receipt counts before the transport's own backoff."""
    organisation.rows("UPDATE deliveries SET state = 'SEND_ENQUEUED' RETURNING 1")
    acting.receipt(platform, word(sent, D.SEND_ATTEMPT_FAILED, pause=timedelta(hours=3)))
    assert organisation.rows("SELECT due_at > now() + interval '2 hours' AS far FROM deliveries")[0].far


@pytest.mark.feature("SD7", "S11")
def test_a_transports_own_sentence_is_what_stands_under_what_needs_attention(platform, organisation, sent, word):
    """A reason without a code says all by itself, with what to do; a peer's reason is put into ours."""
    acting.receipt(platform, word(sent, D.SEND_FAILURE, reasons=(Reason("", "Ingen kvittens. Ring dem."),)))
    assert organisation.rows("SELECT failure FROM deliveries")[0].failure == "Ingen kvittens. Ring dem."


@pytest.mark.feature("SD6")
@pytest.mark.parametrize("state", [D.READY_TO_SEND, D.SEND_IN_PROGRESS, D.SEND_ATTEMPT_FAILED])
def test_a_peer_cannot_put_anything_in_our_queue(platform, organisation, sent, word, state):
    """Words that are a worker's or a person's own are kept and change nothing."""
    acting.receipt(platform, word(sent, D.SEND_FAILURE))
    assert not acting.receipt(platform, word(sent, state))
    assert organisation.delivery_states() == ["SEND_FAILURE"]


@pytest.mark.feature("SD6")
def test_a_receipt_may_overtake_the_outcome(
    platform, organisation, case_worker, mailbox, fake_transport, notices, draft, word
):
    """A receipt that comes while the transport still sends wins; the outcome only fills in the identifier."""
    in_work(platform, case_worker, sending.send, mailbox.id, draft())
    send = fake_transport.send

    def overtaken(outgoing):
        send(outgoing)
        assert acting.receipt(platform, word(outgoing.delivery.id, D.ACKNOWLEDGED))
        return Outcome(D.SEND_ENQUEUED, remote_id="peer-7")

    fake_transport.send = overtaken
    Worker(platform).work_once()
    assert organisation.rows("SELECT state, remote_id FROM deliveries")[0] == ("ACKNOWLEDGED", "peer-7")
    assert notices.count(("state_changed", {"delivery_id": fake_transport.tries[0], "state": "ACKNOWLEDGED"})) == 1


@pytest.mark.feature("SD6")
def test_a_receipt_may_come_before_we_know_what_the_peer_calls_it(
    platform, organisation, case_worker, mailbox, fake_transport, draft, word
):
    """A receipt under the peer's own identifier waits for the outcome that tells it, and is then applied."""
    in_work(platform, case_worker, sending.send, mailbox.id, draft())

    def overtaken(outgoing):
        assert not acting.receipt(platform, word("peer-7", D.ACKNOWLEDGED))
        return Outcome(D.SEND_ENQUEUED, remote_id="peer-7")

    fake_transport.send = overtaken
    Worker(platform).work_once()
    assert organisation.delivery_states() == ["ACKNOWLEDGED"]
    (row,) = organisation.rows("SELECT applied, delivery_id FROM receipts")
    assert row.applied
    assert row.delivery_id is not None


@pytest.mark.feature("SD6")
def test_a_receipt_at_the_very_moment_of_the_outcome_is_not_lost(
    platform, organisation, case_worker, mailbox, draft, word
):
    """Under the peer's own identifier neither sees what the other is about to store: so one of them waits."""
    in_work(platform, case_worker, sending.send, mailbox.id, draft())
    database = platform.database
    (claim,) = LaneQueue(platform, "fake").claim(1, timedelta(minutes=1))
    outcome = Transition(D.SEND_ENQUEUED, (), remote_id="peer-7")
    with ThreadPoolExecutor(2) as threads:
        with log_held(platform):  # so far they get, and no further
            receipt = threads.submit(acting.receipt, platform, word("peer-7", D.ACKNOWLEDGED))
            wait_until(lambda: waiting(database) == 1)
            written = threads.submit(results.record_result, platform, claim, outcome)
            wait_until(lambda: written.done() or waiting(database) == 2)
        assert not receipt.result()
        written.result()
    assert organisation.delivery_states() == ["ACKNOWLEDGED"]


@pytest.mark.feature("S11")
def test_what_fails_while_another_is_tried_again_stands_under_what_needs_attention(
    platform, organisation, case_worker, mailbox, fake_transport, draft
):
    """Of two recipients one fails at the very moment when a person tries the other again: the case stays in trouble."""
    in_work(platform, case_worker, sending.send, mailbox.id, draft("one", "two"))
    fake_transport.failures += [Permanent("Mottagaren har inget certifikat.")]
    Worker(platform).work_once()
    database = platform.database
    states = {row.state: row.id for row in organisation.rows("SELECT id, state FROM deliveries")}
    failed, waits = states["SEND_FAILURE"], states["WAITING_FOR_RECEIPT"]
    with ThreadPoolExecutor(1) as threads:
        with platform.work(case_worker) as work:
            moved = queue.advance(work, waits, Transition(D.SEND_FAILURE, ()))
            case_updates.update_needs_action(work, moved.case_id, "SEND_FAILURE")
            work.connection.execute(text("SELECT 1"))
            again = threads.submit(in_work, platform, case_worker, sending.retry, failed)
            wait_until(lambda: again.done() or waiting(database) == 1)
        again.result()
    assert trouble(organisation)


def waiting(database):
    """How many wait for a lock."""
    with database.connect() as connection:
        return connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()[0]


@pytest.mark.feature("S11", "S6")
def test_a_person_tries_again(platform, organisation, case_worker, mailbox, fake_transport, colleague, draft):
    """A parked delivery goes back to the queue, its trouble is over, and it goes."""
    in_work(platform, case_worker, sending.send, mailbox.id, draft())
    fake_transport.failures.append(Permanent("Mottagaren har inget certifikat. Be dem lägga in ett."))
    worker = Worker(platform)
    worker.work_once()
    (row,) = organisation.rows("SELECT id, state, failure FROM deliveries")
    assert (row.state, row.failure) == ("SEND_FAILURE", "Mottagaren har inget certifikat. Be dem lägga in ett.")
    assert trouble(organisation)
    in_work(platform, colleague, sending.retry, row.id)
    assert not trouble(organisation)
    with pytest.raises(Conflict):
        in_work(platform, colleague, sending.retry, row.id)
    worker.work_once()
    assert organisation.rows("SELECT state, failure FROM deliveries")[0] == ("WAITING_FOR_RECEIPT", "")


@pytest.mark.feature("S11")
def test_what_is_tried_again_is_told_at_once(platform, organisation, colleague, fake_transport, notices, sent, word):
    """To the workers of its transport, the open pages, the plugins and the event log."""
    acting.receipt(platform, word(sent, D.SEND_FAILURE))
    with platform.work(colleague) as work:
        sending.retry(work, sent)
        told = [json.loads(notice) for _, notice in driver(work.connection).notices]
    assert {notice["d"] for notice in told if notice.get("w") == ["fake"] and notice["k"] == "state"} == {str(sent)}
    assert notices[-1] == ("state_changed", {"delivery_id": sent, "state": "READY_TO_SEND"})
    assert organisation.log_kinds()[-1] == "delivery.retried"
    assert organisation.last_log_facts()["mailbox"] == str(organisation.mailbox.id)


@pytest.mark.feature("S11")
def test_only_a_member_tries_again(platform, organisation, colleague, case_worker, draft, sent):
    """Somebody outside the mailbox finds no delivery."""
    social = organisation.add_mailbox("Social", colleague)
    in_work(platform, colleague, sending.send, social.id, draft())
    (row,) = organisation.rows("SELECT id FROM deliveries WHERE state = 'READY_TO_SEND'")
    for delivery_id in (row.id, uuid4()):
        with pytest.raises(NotFound):
            in_work(platform, case_worker, sending.retry, delivery_id)


@pytest.mark.feature("SD8", "S11")
def test_an_administrator_tries_a_receipt_again(platform, organisation, receipt_to_send, fake_transport):
    """A receipt that is parked keeps its message held, until somebody tries again and it goes."""
    acting.accept(platform, organisation.incoming(receipt=receipt_to_send()))
    fake_transport.failures.append(Permanent("Accesspunkten vägrar."))
    worker = Worker(platform)
    worker.work_once()
    assert organisation.rows("SELECT state FROM messages")[0].state == "HELD"
    assert organisation.log_kinds()[-1] == "receipt.parked"
    in_work(platform, organisation.system, sending.retry, organisation.rows("SELECT id FROM deliveries")[0].id)
    worker.work_once()
    assert organisation.rows("SELECT state FROM messages")[0].state == "RECEIVED"


WORDS = st.one_of(
    st.sampled_from(list(D)).map(lambda state: ("receipt", state)),
    st.sampled_from(list(D)).map(lambda state: ("outcome", state)),
    st.sampled_from([("temporary", None), ("permanent", None), ("retry", None)]),
)


@pytest.mark.feature("SD6", "S6", "S7", "S8", "S9", "S10", "S11", "S12", "S14", "S15", "S16", "S21")
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(WORDS, min_size=1, max_size=8))
def test_no_order_of_words_leads_to_a_forbidden_step(
    platform, organisation, case_worker, mailbox, fake_transport, draft, word, monkeypatch, words
):
    """Receipts, outcomes, failures and retries in any order: each step of the state is one that the table has."""
    # Outcomes that cannot be are the plugin's faults, and it would be paused: what waits for it makes no step.
    monkeypatch.setattr(breakers, "monotonic", count(0.0, 1e9).__next__)
    message = in_work(platform, case_worker, sending.send, mailbox.id, draft())
    query = "SELECT id, state FROM deliveries WHERE message_id = :id"
    worker, seen = Worker(platform), []
    for kind, state in words:
        (row,) = organisation.rows(query, id=message.id)
        seen.append(D(row.state))
        if kind == "receipt":
            acting.receipt(platform, word(row.id, state))
        elif kind == "retry":
            try:
                in_work(platform, case_worker, sending.retry, row.id)
            except Conflict:
                assert row.state not in {"SEND_FAILURE", "NOT_FOUND"}
        else:
            failure = {"temporary": Temporary("Senare."), "permanent": Permanent("Aldrig.")}.get(kind)

            def send(outgoing, failure=failure, state=state):
                if failure:
                    raise failure
                return Outcome(state)

            fake_transport.send = send
            with platform.database.transaction(organisation.id) as connection:
                from sqlalchemy import text

                connection.execute(
                    text("UPDATE deliveries SET due_at = now() WHERE state IN ('WAITING_FOR_RETRY') AND id = :id"),
                    {"id": row.id},
                )
            worker.work_once()
    steps = [D(state) for state in organisation.timeline(row.id)]
    assert all(may_follow(DELIVERY, old, new) for old, new in pairwise(steps)), steps
    last = D(organisation.rows(query, id=message.id)[0].state)
    assert last is steps[-1]
    if D.REJECTED in steps:  # what comes after somebody's "försök igen" is another attempt
        refused = takewhile(lambda step: step is not D.READY_TO_SEND, steps[steps.index(D.REJECTED) :])
        assert not {D.ACKNOWLEDGED, D.ACKNOWLEDGED_WITH_WARNING} & set(refused)


@pytest.mark.feature("SD6")
def test_the_row_itself_is_asked_for_every_pair(platform, case_worker, sent):
    """For each pair of states the update happens exactly where the table has it."""
    from sqlalchemy import text

    for old in D:
        for new in D:
            with platform.work(case_worker) as work:
                work.connection.execute(text("UPDATE deliveries SET state = :old"), {"old": old.value})
                change = Transition(new, (StateChange(datetime.now(UTC), new),))
                moved = queue.advance(work, sent, change)
                assert (moved is not None) == may_follow(DELIVERY, old, new), (old, new)


@pytest.mark.feature("S16")
def test_a_warning_when_it_was_taken_stays_with_the_message(
    platform, organisation, case_worker, mailbox, fake_transport, draft, word
):
    """The peer has taken it and warned: the recipient's yes then leads to a state with a warning, and says why."""
    fake_transport.send = lambda outgoing: Outcome(D.SEND_ENQUEUED)
    in_work(platform, case_worker, sending.send, mailbox.id, draft())
    Worker(platform).work_once()
    sent = organisation.rows("SELECT id FROM deliveries")[0].id
    warned = (Reason("", "En bilaga var märklig."),)
    assert acting.receipt(platform, word(sent, D.WAITING_FOR_RECEIPT, reasons=warned))
    assert acting.receipt(platform, word(sent, D.ACKNOWLEDGED))
    assert organisation.timeline(sent)[-2:] == ["WAITING_FOR_RECEIPT", "ACKNOWLEDGED_WITH_WARNING"]
    details = organisation.rows("SELECT detail FROM delivery_events WHERE state = 'WAITING_FOR_RECEIPT'")
    assert "En bilaga var märklig." in details[0].detail
