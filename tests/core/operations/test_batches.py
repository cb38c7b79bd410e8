"""What a worker carries together it writes together, and nothing of it is lost where that fails."""

import errno
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import psycopg
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from budkavle.deliveries import attempt, queue, results
from budkavle.deliveries.queue import Claim
from budkavle.messaging import sending
from budkavle.model import sources
from budkavle.model.errors import Unavailable
from budkavle.model.messages import Outcome
from budkavle.model.states import DeliveryState
from budkavle.operations.batches import result_buffer
from budkavle.operations.batches.batch import Batch, LaneContext
from budkavle.operations.leases import Leases
from budkavle.operations.worker import Worker
from budkavle.testing.acting import in_work
from budkavle.testing.organisations import SampleOrganisation


@pytest.fixture
def deliveries(platform, organisation, case_worker, mailbox, draft):
    for _ in range(4):
        in_work(platform, case_worker, sending.send, mailbox.id, draft())
    return {row.id for row in organisation.rows("SELECT id FROM deliveries")}


@pytest.fixture
def written(platform, organisation, monkeypatch):
    """Of each transaction that writes endings: how many, and whether the disk is asked to keep it."""
    at_once, seen = platform.database.at_once, []
    monkeypatch.setattr(result_buffer, "DURABLE_AFTER", 60.0)  # however busy the machine is

    def watched(organisation_id, *statements, durable=True, **more):
        if endings := sum("uncounted" in facts for _, facts in statements):
            seen.append((endings, durable))
        return at_once(organisation_id, *statements, durable=durable, **more)

    monkeypatch.setattr(platform.database, "at_once", watched)
    return seen


@pytest.mark.feature("S14")
def test_a_batch_asks_the_disk_once(platform, organisation, fake_transport, deliveries, written):
    """Each delivery gets its own state before the next one goes; the disk is asked once for all, where it must be."""
    fake_transport.send = lambda outgoing: Outcome(DeliveryState.WAITING_FOR_RECEIPT)
    assert Worker(platform).work_once() == 4
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"] * 4
    assert all(organisation.timeline(one)[-1] == "WAITING_FOR_RECEIPT" for one in deliveries)
    assert written == [(1, False), (1, False), (1, False), (1, True)]


@pytest.mark.feature("S14")
def test_none_is_kept_in_memory_for_long(platform, fake_transport, organisation, deliveries, written, monkeypatch):
    """What has been handed over is made durable at the latest after a while, although more of the batch is to come."""
    monkeypatch.setattr(result_buffer, "DURABLE_AFTER", 0.0)
    fake_transport.send = lambda outgoing: Outcome(DeliveryState.WAITING_FOR_RECEIPT)
    assert Worker(platform).work_once() == 4
    assert written == [(1, True)] * 4


@pytest.mark.feature("SD7")
def test_what_may_be_handed_over_again_need_not_ask_the_disk(platform, organisation, deliveries, written):
    """Of a transport that keeps its bytes: after a crash of the server it hands over the same, which its peer knows."""
    assert Worker(platform).work_once() == 4
    assert written == [(1, False)] * 4


@pytest.mark.feature("S9")
def test_a_database_that_is_away_for_a_moment_doubles_nothing(
    platform, organisation, fake_transport, deliveries, monkeypatch
):
    """What has been handed over is written as soon as it answers, however the batch ended."""
    at_once, failed = platform.database.at_once, []

    def away(organisation_id, *statements, durable=True, **more):
        if len(fake_transport.carried) == 2 and len(failed) < 3:
            failed.append(statements)
            raise Unavailable("Databasen svarar inte just nu.")
        return at_once(organisation_id, *statements, durable=durable, **more)

    monkeypatch.setattr(results, "WRITE_PAUSE", 0.01)
    monkeypatch.setattr(platform.database, "at_once", away)
    with pytest.raises(Unavailable):
        Worker(platform).work_once()
    assert len(failed) == 3
    assert organisation.delivery_states().count("WAITING_FOR_RECEIPT") == 2
    assert len(fake_transport.tries) == len(set(fake_transport.tries)) == 2


@pytest.mark.feature("S9")
@pytest.mark.parametrize("refused", ["load", "begin"])
def test_a_fault_of_one_keeps_no_other_until_the_lease_ends(
    platform, organisation, fake_transport, deliveries, monkeypatch, refused
):
    """A deadlock, or an organisation that is being moved: what has not been handed over goes at the next look."""
    function, failed = {"load": queue.load, "begin": results.begin_attempt}[refused], []

    def refuse_once(*given, **more):
        if len(fake_transport.carried) == 2 * (refused == "begin") and not failed:
            failed.append(1)
            raise Unavailable("Databasen svarar inte just nu.")
        return function(*given, **more)

    monkeypatch.setattr(*{"load": (queue, "load"), "begin": (results, "begin_attempt")}[refused], refuse_once)
    with pytest.raises(Unavailable):
        Worker(platform).work_once()
    assert "SEND_IN_PROGRESS" not in organisation.delivery_states()
    assert Worker(platform).work_once() == (2 if refused == "begin" else 4)
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"] * 4
    assert len(fake_transport.tries) == len(set(fake_transport.tries)) == 4
    assert {row.attempt for row in organisation.rows("SELECT attempt FROM deliveries")} == {1}


@pytest.fixture
def both(organisation, other_organisation, deliveries):
    """Two organisations with two and more deliveries each, which one worker claims together."""
    for _ in range(2):
        other_organisation.send(other_organisation.case_worker)
    return [organisation, other_organisation]


def unavailable_for(refused):
    """Let a function that gets a unit of work fail in one organisation."""

    def make(function):
        def refuse(work, *given):
            if work.organisation_id == refused.id:
                raise Unavailable("Organisationen flyttas just nu.")
            return function(work, *given)

        return refuse

    return make


@pytest.mark.feature("S9")
@pytest.mark.parametrize("number", [0, 1])
def test_an_organisation_that_cannot_be_loaded_keeps_no_other_from_its_turn(platform, both, monkeypatch, number):
    """Whichever comes first; its own deliveries are released, and the log says whose they are."""
    refused, other = both[number], both[1 - number]
    monkeypatch.setattr(queue, "load", unavailable_for(refused)(queue.load))
    with capture_logs() as lines, pytest.raises(Unavailable, match="flyttas"):
        Worker(platform, batch=8).work_once()
    assert set(other.delivery_states()) == {"WAITING_FOR_RECEIPT"}
    assert set(refused.delivery_states()) == {"WAITING_FOR_RETRY"}
    assert [line["organisation"] for line in lines if line["event"] == "deliveries.not_loaded"] == [str(refused.id)]


@pytest.mark.feature("S9")
@pytest.mark.parametrize("number", [0, 1])
def test_what_may_have_gone_twice_in_one_organisation_keeps_no_other_from_its_turn(platform, both, monkeypatch, number):
    """That it cannot be written there just then is no fault of the others."""
    refused, other = both[number], both[1 - number]
    refused.rows("UPDATE deliveries SET crashes = 1 RETURNING 1")
    at_once = platform.database.at_once

    def refuse(organisation_id, *statements, **more):
        if organisation_id == refused.id and statements[0][0] is queue.QUERIES.add_event_once:
            raise Unavailable("Organisationen flyttas just nu.")
        return at_once(organisation_id, *statements, **more)

    monkeypatch.setattr(platform.database, "at_once", refuse)
    with pytest.raises(Unavailable, match="flyttas"):
        Worker(platform, batch=8).work_once()
    assert set(other.delivery_states()) == {"WAITING_FOR_RECEIPT"}
    assert set(refused.delivery_states()) == {"WAITING_FOR_RETRY"}


def test_a_database_that_is_away_is_asked_twice(platform, both, monkeypatch):
    """What cannot be loaded in two organisations can be loaded in no other."""
    third = SampleOrganisation.create(platform, "Tranås").staffed()
    third.send(third.case_worker)
    asked = []

    def away(work, claims):
        asked.append(work.organisation_id)
        raise Unavailable("Databasen svarar inte just nu.")

    monkeypatch.setattr(queue, "load", away)
    with pytest.raises(Unavailable):
        Worker(platform, batch=8).work_once()
    assert len(asked) == 2


@pytest.mark.feature("S9")
@pytest.mark.parametrize("number", [0, 1])
def test_the_leases_of_each_organisation_are_renewed(platform, both, monkeypatch, number):
    """One in which it fails takes no lease from the others, whose deliveries would go twice."""
    refused, renewed = both[number], set()

    def renew(work, claims, lease):
        renewed.add(work.organisation_id)
        return {claim.id for claim in claims}

    monkeypatch.setattr(queue, "renew_leases", unavailable_for(refused)(renew))
    claims = [Claim(one.id, sources.new_id(), 1) for one in both]
    batch = Batch(LaneContext(platform, Leases(timedelta(minutes=1)), None, 8), claims)
    with pytest.raises(Unavailable, match="flyttas"):
        batch.renew()
    assert renewed == {both[1 - number].id}
    assert batch.in_hand == 2


@pytest.mark.feature("S9")
def test_claims_are_released_before_results_that_cannot_be_recorded(
    platform, organisation, fake_transport, deliveries, monkeypatch
):
    """Recording them is tried for as long as a lease; nothing else waits for it."""
    at_once, states = platform.database.at_once, []

    def refuse(organisation_id, *statements, durable=True, **more):
        # Of a moved organisation, the end of what was handed over and the next beginning are refused.
        handed_over = any(facts.get("state") == "WAITING_FOR_RECEIPT" for _, facts in statements)
        if handed_over and len(states) < 3:
            states.append(organisation.delivery_states())
            raise Unavailable("Organisationen flyttas just nu.")
        return at_once(organisation_id, *statements, durable=durable, **more)

    monkeypatch.setattr(results, "WRITE_PAUSE", 0.01)
    monkeypatch.setattr(platform.database, "at_once", refuse)
    with pytest.raises(Unavailable):
        Worker(platform).work_once()
    assert states[0].count("SEND_IN_PROGRESS") == 4
    assert states[1].count("SEND_IN_PROGRESS") == 1  # the one that was handed over


@pytest.mark.feature("S11")
def test_a_process_that_cannot_be_started_keeps_no_other_suspect(platform, organisation, deliveries):
    """What may have stopped a worker goes in a process of its own; without room for one, the next worker takes it."""
    tried = []

    def no_room(lane, claim, stop):
        tried.append(claim.id)
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    with platform.database.transaction(organisation.id) as connection:
        connection.execute(text("UPDATE deliveries SET crashes = 1"))
    with pytest.raises(OSError, match="unavailable"):
        Worker(platform, attempt_alone=no_room).work_once()
    assert len(tried) == 1
    assert organisation.delivery_states().count("WAITING_FOR_RETRY") == 3


def test_releasing_ends_soon_if_the_database_is_away(monkeypatch):
    """One organisation may be on the move; if two in a row are refused, asking for the others helps nobody."""
    claims = [Claim(sources.new_id(), sources.new_id(), 1) for _ in range(4)]
    claims = [claim for one in claims for claim in (one, replace(one, id=sources.new_id()))]
    away, asked = {claims[0].organisation_id}, []

    def release(platform, claim):
        asked.append(claim.organisation_id)
        if claim.organisation_id in away:
            raise Unavailable("Databasen svarar inte just nu.")

    monkeypatch.setattr(results, "release_claim", release)
    Batch(LaneContext(None, None, None, 8), claims).release_waiting()
    assert len(asked) == 7
    asked.clear()
    away.add(claims[2].organisation_id)
    Batch(LaneContext(None, None, None, 8), claims).release_waiting()
    assert len(asked) == 2


@pytest.mark.feature("S9")
def test_a_worker_that_stood_still_gives_up_no_result_at_the_first_fault(
    platform, organisation, fake_transport, deliveries, monkeypatch
):
    """It stood still for longer than a lease; then each of its connections is cut, and what it knows is still kept."""
    at_once, failed, started = platform.database.at_once, [], sources.monotonic()

    def cut(organisation_id, *statements, durable=True, **more):
        if len(fake_transport.carried) == 4 and len(failed) < 3:
            failed.append(statements)
            monkeypatch.setattr(sources, "monotonic", lambda: started + 86_400)
            raise Unavailable("Databasen svarar inte just nu.")
        return at_once(organisation_id, *statements, durable=durable, **more)

    monkeypatch.setattr(results, "WRITE_PAUSE", 0.01)
    monkeypatch.setattr(platform.database, "at_once", cut)
    assert Worker(platform).work_once() == 4
    assert len(failed) == 3
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"] * 4


@pytest.mark.feature("S9")
def test_a_result_is_given_up_after_a_lease_and_some_tries(monkeypatch):
    """A worker does not stand before a dead database for ever."""
    tries = []

    def write():
        tries.append(1)
        raise Unavailable("Databasen svarar inte just nu.")

    monkeypatch.setattr(sources, "monotonic", lambda: len(tries) * results.WRITE_PAUSE)
    monkeypatch.setattr(sources, "pause", lambda _: None)
    with pytest.raises(Unavailable):
        results.keep_trying(write, timedelta(seconds=20))
    assert len(tries) == 41


@pytest.mark.feature("PL5")
def test_what_cannot_be_written_together_is_written_one_by_one(platform, organisation, deliveries, monkeypatch):
    """Two workers that wait for each other's rows: the server ends one of them, which then goes step by step."""
    at_once, asked = platform.database.at_once, []

    def deadlocked(organisation_id, *statements, durable=True, **more):
        if len(statements) > 1:
            asked.append(len(statements))
            raise psycopg.errors.DeadlockDetected("deadlock detected")
        return at_once(organisation_id, *statements, durable=durable, **more)

    monkeypatch.setattr(platform.database, "at_once", deadlocked)
    assert Worker(platform).work_once() == 4
    assert asked
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"] * 4
    assert {one for one in deliveries if organisation.timeline(one)[-1] == "WAITING_FOR_RECEIPT"} == deliveries


@pytest.mark.feature("PL5")
def test_one_that_cannot_be_written_at_all_waits_for_its_lease_alone(platform, organisation, deliveries, monkeypatch):
    """Then what the others of its batch have come to is written all the same, so that none of them goes twice."""
    at_once, spoilt = platform.database.at_once, min(deliveries)

    def deadlocked(organisation_id, *statements, durable=True, **more):
        if any(facts.get("id") == spoilt and "state" in facts for _, facts in statements):
            raise psycopg.errors.DeadlockDetected("deadlock detected")
        return at_once(organisation_id, *statements, durable=durable, **more)

    monkeypatch.setattr(platform.database, "at_once", deadlocked)
    assert Worker(platform).work_once() == 4
    states = {row.id: row.state for row in organisation.rows("SELECT id, state FROM deliveries")}
    assert states.pop(spoilt) == "SEND_IN_PROGRESS"
    assert set(states.values()) == {"WAITING_FOR_RECEIPT"}


@pytest.mark.feature("PL5")
def test_a_fault_in_the_middle_loses_nothing_that_was_handed_over(organisation, deliveries, monkeypatch):
    """A worker that stops at the third delivery has written the first two before it lets go."""

    class Stopped(BaseException):
        """The process is told to end."""

    prepare, seen = attempt.prepare, []

    def third_stops(platform, faults, loaded):
        if len(seen) == 2:
            raise Stopped
        seen.append(loaded.claim.id)
        return prepare(platform, faults, loaded)

    monkeypatch.setattr(attempt, "prepare", third_stops)
    with pytest.raises(Stopped):
        Worker(organisation.platform).work_once()
    assert organisation.delivery_states().count("WAITING_FOR_RECEIPT") == 2


@pytest.mark.feature("S9")
def test_a_batch_of_several_organisations_is_recorded_for_each(
    platform, organisation, other_organisation, fake_transport, deliveries
):
    """The result of one organisation's delivery is kept when the next attempt is another's; nothing goes twice."""
    for _ in range(4):
        other_organisation.send(other_organisation.case_worker)
    fake_transport.send = lambda outgoing: Outcome(DeliveryState.WAITING_FOR_RECEIPT)
    assert Worker(platform, batch=8).work_once() == 8
    for one in (organisation, other_organisation):
        assert one.delivery_states() == ["WAITING_FOR_RECEIPT"] * 4


def test_an_organisation_in_which_nothing_can_be_written_keeps_no_other_from_it(monkeypatch):
    """Its own results are tried again; forgotten, the others' would be handed over once more."""
    ids, refused, written = {sources.new_id(), sources.new_id()}, set(), set()

    def write(platform, organisation_id, of_organisation, **more):
        if organisation_id in refused:
            raise Unavailable("Organisationen flyttas just nu.")
        written.add(organisation_id)

    monkeypatch.setattr(results, "_record_together", write)
    both = [SimpleNamespace(loaded=SimpleNamespace(claim=SimpleNamespace(organisation_id=one))) for one in ids]
    for one in ids:
        refused, written = {one}, set()
        with pytest.raises(Unavailable, match="flyttas"):
            results.record_results(None, both, durable=True)
        assert written == ids - refused
