"""Which deliveries of a batch are held, and what becomes of those that wait for their turn."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from structlog.testing import capture_logs

from budkavle.deliveries import queue, results
from budkavle.deliveries.queue import Claim
from budkavle.model import sources
from budkavle.model.errors import Unavailable
from budkavle.model.messages import Outcome, Outgoing
from budkavle.model.states import DeliveryState
from budkavle.operations.batches import batch as batches
from budkavle.operations.batches import result_buffer
from budkavle.operations.batches.batch import Batch, LaneContext
from budkavle.operations.leases import Leases
from budkavle.operations.worker import Worker
from budkavle.storage.platform import Platform
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation


@pytest.fixture
def claims(organisation: SampleOrganisation) -> list[Claim]:
    return [Claim(organisation.id, sources.new_id(), 1) for _ in range(3)]


@pytest.fixture
def batch(platform: Platform, claims: list[Claim]) -> Batch:
    return Batch(LaneContext(platform, Leases(timedelta(minutes=1)), None, 8), claims)  # type: ignore[arg-type]


@pytest.fixture
def released(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """What has been returned to the queue."""
    ids: list[UUID] = []
    monkeypatch.setattr(results, "release_claim", lambda _platform, claim: ids.append(claim.id))
    return ids


@pytest.fixture
def renewed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[UUID]]:
    """`renewed(batch, lost)` renews the leases, of which one may be lost, and returns what was asked for."""

    def renew(batch: Batch, lost: Claim | None = None) -> list[UUID]:
        renewed_ids: list[UUID] = []

        def answer(_work: Any, claims: list[Claim], _lease: timedelta) -> set[UUID]:
            renewed_ids.extend(claim.id for claim in claims)
            return {claim.id for claim in claims if claim != lost}

        monkeypatch.setattr(queue, "renew_leases", answer)
        batch.renew()
        return renewed_ids

    return renew


@pytest.mark.feature("S9")
@pytest.mark.parametrize("end", ["finish", "lose", "release"])
def test_what_has_ended_has_no_turn_and_is_held_no_more(
    batch: Batch, claims: list[Claim], released: list[UUID], renewed: Any, end: str
) -> None:
    """Whether it has begun or not; the others are renewed, and returned to the queue if nobody comes to them."""
    assert batch.start(claims[0])
    assert batch.in_hand == 3
    for claim in claims[:2]:
        getattr(batch, end)(claim)
        assert not batch.start(claim)
    assert batch.in_hand == 1
    assert renewed(batch) == [claims[2].id]
    assert batch.has_released is (end == "release")
    released.clear()
    batch.release_waiting()
    assert (released, batch.in_hand, batch.has_released) == ([claims[2].id], 0, True)


@pytest.mark.feature("S9")
def test_a_lease_that_is_not_renewed_is_lost(
    batch: Batch, claims: list[Claim], released: list[UUID], renewed: Any
) -> None:
    """Its turn does not come, it is not returned to the queue, and the log has it once."""
    with capture_logs() as lines:
        renewed(batch, claims[1])
        assert batch.in_hand == 2
        batch.lose(claims[1])
    assert [line["delivery"] for line in lines if line["event"] == "delivery.lease_lost"] == [str(claims[1].id)]
    assert not batch.start(claims[1])
    batch.release_waiting()
    assert released == [claims[0].id, claims[2].id]


@pytest.mark.feature("S9", "S10")
def test_what_waits_behind_a_slow_one_is_returned_when_leases_are_renewed(
    batch: Batch, claims: list[Claim], released: list[UUID], renewed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slow one keeps its lease."""
    assert batch.start(claims[0])
    assert len(renewed(batch)) == 3
    assert released == []
    monkeypatch.setattr(batches, "BATCH_SECONDS", -1.0)
    assert renewed(batch) == [claims[0].id]
    assert released == [claims[1].id, claims[2].id]


@pytest.mark.feature("S9")
@pytest.mark.parametrize(
    ("error", "asked"), [(psycopg.errors.DeadlockDetected("deadlock"), 3), (Unavailable("Nej."), 2)]
)
def test_a_fault_of_one_is_no_reason_to_keep_the_others(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, error: Exception, asked: int
) -> None:
    """Only a database that does not answer is not asked for ever."""
    tries: list[UUID] = []

    def refuse(_platform: Platform, claim: Claim) -> None:
        tries.append(claim.id)
        raise error

    monkeypatch.setattr(results, "release_claim", refuse)
    claims = [Claim(sources.new_id(), sources.new_id(), 1) for _ in range(3)]
    Batch(LaneContext(platform, None, None, 8), claims).release_waiting()  # type: ignore[arg-type]
    assert len(tries) == asked


@pytest.mark.feature("S11")
@pytest.mark.parametrize("has_processes", [True, False])
def test_only_a_suspect_gets_a_process_of_its_own(
    platform: Platform, organisation: SampleOrganisation, has_processes: bool
) -> None:
    """At once, though it has stopped two workers; the others go first, here. Without such processes all go here."""
    for _ in range(3):
        organisation.send(organisation.case_worker)
    past = "now() - interval '1 minute'"
    organisation.rows(
        f"UPDATE deliveries SET state = 'SEND_IN_PROGRESS', crashes = {int(has_processes)}, begun_at = {past},"
        f" lease_until = {past}, due_at = {past}"
        " WHERE id = (SELECT min(id::text)::uuid FROM deliveries) RETURNING 1"
    )
    alone: list[tuple[UUID, list[str]]] = []

    def attempt(_lane: str, claim: Claim, _stop: Any) -> None:
        alone.append((claim.id, sorted(organisation.delivery_states())))

    assert Worker(platform, attempt_alone=attempt if has_processes else None).work_once() == 3
    suspects = organisation.rows("SELECT id FROM deliveries WHERE crashes > 0")
    assert alone == [(row.id, ["SEND_IN_PROGRESS", *["WAITING_FOR_RECEIPT"] * 2]) for row in suspects]
    assert len(suspects) == has_processes


@pytest.mark.feature("S14", "SD7")
def test_one_that_must_not_go_twice_asks_the_disk_for_its_whole_batch(
    platform: Platform, organisation: SampleOrganisation, fake_transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though those after it, whose bytes are kept, might be handed over again."""
    at_once, durably = platform.database.at_once, list[bool]()

    def watched(organisation_id: UUID, *statements: Any, durable: bool = True, **more: Any) -> Any:
        durably.extend(durable for _, facts in statements if "uncounted" in facts)
        return at_once(organisation_id, *statements, durable=durable, **more)

    def send(outgoing: Outgoing) -> Outcome:
        if durably:  # all but the first
            outgoing.keep(b"bytes")
        return Outcome(DeliveryState.WAITING_FOR_RECEIPT)

    for _ in range(3):
        organisation.send(organisation.case_worker)
    monkeypatch.setattr(result_buffer, "DURABLE_AFTER", 60.0)
    monkeypatch.setattr(platform.database, "at_once", watched)
    fake_transport.send = send  # type: ignore[method-assign]
    assert Worker(platform).work_once() == 3
    assert durably == [False, False, True]
