"""What a worker may still write about a delivery: only under its own lease, and only while it has it in hand."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import pytest

from budkavle.deliveries import queue
from budkavle.deliveries.destinations.claiming import LaneQueue
from budkavle.deliveries.queue import Claim
from budkavle.deliveries.transitions import StateChange, Transition
from budkavle.model.states import DeliveryState
from budkavle.storage.pipeline import Statement
from budkavle.storage.platform import Platform, Work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation

D = DeliveryState
MINUTE = timedelta(minutes=1)
CHANGE = StateChange(datetime(2026, 5, 1, 12, tzinfo=UTC), D.SEND_ATTEMPT_FAILED, "Avbrott.")
Write: TypeAlias = Callable[[Work, Claim], object]


def run(work: Work, bound: tuple[Statement, Mapping[str, object]]) -> object:
    statement, parameters = bound
    return statement.one_or_none(work.connection, parameters)


WRITES: Mapping[str, Write] = {
    "load": lambda work, claim: queue.load(work, [claim]),
    "renew": lambda work, claim: queue.renew_leases(work, [claim], 5 * MINUTE),
    "begin": lambda work, claim: run(work, queue.begin_attempt_statement(claim, 20 * MINUTE)),
    "keep bytes": lambda work, claim: queue.store_wire(work.connection, claim, b"<sealed/>", None),
    "read bytes": lambda work, claim: queue.load_wire(work.connection, claim),
    "tell": lambda work, claim: run(work, queue.add_event_statement(claim, CHANGE)),
    "tell once": lambda work, claim: run(work, queue.add_event_statement(claim, CHANGE, once=True)),
    "finish": lambda work, claim: queue.finish_attempt(work, claim, Transition(D.ACKNOWLEDGED, (CHANGE,))),
}
each_write = pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)


@pytest.fixture
def claim(platform: Platform) -> Callable[..., list[Claim]]:
    """Claim what is due, as a worker of its own does."""
    return lambda lease=MINUTE: LaneQueue(platform, "fake").claim(8, lease)


@pytest.fixture
def do(platform: Platform, organisation: SampleOrganisation) -> Callable[[Write, Claim], object]:
    """Write under a claim, in a transaction of its own."""

    def write_under(write: Write, claim: Claim) -> object:
        with platform.work(system_actor(organisation.id)) as work:
            return write(work, claim)

    return write_under


@pytest.fixture
def row(organisation: SampleOrganisation) -> Callable[[UUID], Any]:
    """All that is stored of a delivery, with how many events its history has and how long its lease lasts."""
    query = (
        "SELECT d.*, (SELECT count(*) FROM delivery_events e WHERE e.delivery_id = d.id) AS events,"
        " round(extract(epoch FROM lease_until - statement_timestamp()) / 60) AS lease_minutes,"
        " round(extract(epoch FROM due_at - statement_timestamp()) / 60) AS due_minutes"
        " FROM deliveries d WHERE id = :id"
    )
    return lambda delivery_id: organisation.rows(query, id=delivery_id)[0]


@pytest.mark.feature("S9", "SD7")
@each_write
def test_a_lost_lease_reads_and_writes_nothing(
    organisation: SampleOrganisation, claim: Any, do: Any, row: Any, write: Write
) -> None:
    """A worker that stood still for too long changes nothing of what another one does now; that one may."""
    organisation.send(organisation.case_worker)
    (lost,) = claim()
    organisation.rows("UPDATE deliveries SET lease_until = now(), due_at = now() RETURNING 1")
    (ours,) = claim()
    before = row(ours.id)
    assert not do(write, lost)
    assert row(ours.id) == before
    if write is not WRITES["keep bytes"]:
        organisation.rows("UPDATE deliveries SET wire = 'x' RETURNING 1")
    assert do(write, ours)


@pytest.mark.feature("SD6")
@each_write
def test_what_a_receipt_has_ended_is_out_of_the_workers_hands(
    platform: Platform, organisation: SampleOrganisation, claim: Any, do: Any, row: Any, write: Write
) -> None:
    """Although the lease is still its own: nothing is handed over any more, or said of a try."""
    organisation.send(organisation.case_worker)
    (ours,) = claim()
    with platform.work(system_actor(organisation.id)) as work:
        assert queue.advance(work, ours.id, Transition(D.REJECTED, ()))
    before = row(ours.id)
    assert not do(write, ours)
    assert row(ours.id) == before


@pytest.mark.feature("S9")
@each_write
def test_another_of_the_batch_is_left_as_it_is(
    organisation: SampleOrganisation, claim: Any, do: Any, row: Any, write: Write
) -> None:
    """Two that were claimed together, under fences of the same number."""
    for _ in range(2):
        organisation.send(organisation.case_worker)
    ours, other = claim()
    assert ours.fence == other.fence
    before = row(other.id)
    do(write, ours)
    after = row(other.id)
    assert after == before


@pytest.mark.feature("S9")
def test_a_renewed_lease_lasts_from_now(organisation: SampleOrganisation, claim: Any, do: Any, row: Any) -> None:
    """For as long as is said; until then nobody else may claim it."""
    organisation.send(organisation.case_worker)
    (ours,) = claim()
    assert do(WRITES["renew"], ours) == {ours.id}
    assert (row(ours.id).lease_minutes, row(ours.id).due_minutes) == (5, 5)


@pytest.mark.feature("S9")
@pytest.mark.parametrize(("had", "has"), [(9, 20), (11, 11)])
def test_an_attempt_begins_with_half_a_lease_at_least(
    organisation: SampleOrganisation, claim: Any, do: Any, row: Any, had: int, has: int
) -> None:
    """One that has less is renewed; one that has more keeps it."""
    organisation.send(organisation.case_worker)
    (ours,) = claim(had * MINUTE)
    assert row(ours.id).begun_at is None
    assert do(WRITES["begin"], ours)
    after = row(ours.id)
    assert (after.lease_minutes, after.due_minutes) == (has, has)
    assert after.begun_at is not None


@pytest.mark.feature("SD7")
@pytest.mark.parametrize("first", [(b"<first/>", None), (None, "first")])
def test_the_first_bytes_stay(
    platform: Platform, organisation: SampleOrganisation, claim: Any, first: tuple[bytes | None, str | None]
) -> None:
    """Whether they lie in the row or in a file, and whichever the next ones would."""
    organisation.send(organisation.case_worker)
    (ours,) = claim()
    with platform.work(system_actor(organisation.id)) as work:
        assert queue.store_wire(work.connection, ours, *first)
        for later in ((b"<later/>", None), (None, "later")):
            assert not queue.store_wire(work.connection, ours, *later)
        kept = queue.load_wire(work.connection, ours)
    assert kept is not None
    assert (kept.wire, kept.wire_blob) == first


@pytest.mark.feature("SD7")
def test_each_delivery_has_bytes_of_its_own(platform: Platform, organisation: SampleOrganisation, claim: Any) -> None:
    """Two that were claimed together: neither recipient gets what was sealed for the other."""
    for _ in range(2):
        organisation.send(organisation.case_worker)
    ours = claim()
    with platform.work(system_actor(organisation.id)) as work:
        for number, one in enumerate(ours):
            assert queue.store_wire(work.connection, one, b"<bytes of %d/>" % number, None)
        kept = [queue.load_wire(work.connection, one) for one in ours]
    assert [row and bytes(row.wire) for row in kept] == [b"<bytes of 0/>", b"<bytes of 1/>"]


@pytest.mark.feature("S9")
def test_what_was_put_off_is_ended_by_a_late_answer_alone(
    platform: Platform, organisation: SampleOrganisation, claim: Any
) -> None:
    """Nobody has claimed it since: only the answer of the call that was given up may still say how it ended."""
    organisation.send(organisation.case_worker)
    (ours,) = claim()
    ended = Transition(D.WAITING_FOR_RECEIPT, (CHANGE,))
    with platform.work(system_actor(organisation.id)) as work:
        assert queue.finish_attempt(work, ours, Transition(D.WAITING_FOR_RETRY, ()))
        assert not queue.finish_attempt(work, ours, ended)
        assert queue.finish_attempt(work, ours, ended, late=True)


@pytest.mark.feature("SD6")
def test_the_peers_first_identifier_stays(
    platform: Platform, organisation: SampleOrganisation, claim: Any, row: Any
) -> None:
    """The receipts name it; what a lost lease would store is left out too."""
    organisation.send(organisation.case_worker)
    (lost,) = claim()
    organisation.rows("UPDATE deliveries SET lease_until = now(), due_at = now() RETURNING 1")
    (ours,) = claim()
    for claimed, remote_id, stored in ((lost, "peer-1", False), (ours, "peer-2", True), (ours, "peer-3", False)):
        with platform.work(system_actor(organisation.id)) as work:
            assert bool(queue.store_remote_id(work, claimed, remote_id)) == stored
    assert row(ours.id).remote_id == "peer-2"


@pytest.mark.feature("S9")
def test_the_same_is_told_once(organisation: SampleOrganisation, claim: Any, do: Any, row: Any) -> None:
    """Of each delivery by itself; and every time where it is to be told every time."""
    for _ in range(2):
        organisation.send(organisation.case_worker)
    told, other = claim()
    for write, added in (("tell once", True), ("tell once", False), ("tell", True)):
        before = row(told.id).events
        assert bool(do(WRITES[write], told)) == added
        assert row(told.id).events == before + added
    assert do(WRITES["tell once"], other)
