"""Recalling: of many messages the right one, where it can be, and told to those whom it concerns."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from budkavle.deliveries import recall
from budkavle.model.errors import Conflict, Forbidden, NotFound, Permanent
from budkavle.model.people import ActorScope, SystemActor
from budkavle.plugins.protocols.transport import Capabilities, TakesBack
from budkavle.storage.database import ALL_CASES
from budkavle.storage.platform import Platform
from budkavle.testing import acting
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation, SampleUser
from budkavle.testing.working import deliver_due


@pytest.fixture
def delivery(organisation: SampleOrganisation, case_worker: SampleUser, fake_transport: FakeTransport) -> UUID:
    """One of two deliveries that can be recalled; the other was sent by somebody else."""
    fake_transport.capabilities = Capabilities(receipts=True, recall=True)
    organisation.send(case_worker, "Kallelse")
    message = organisation.send(case_worker, "Utlåtande")
    deliver_due(organisation.platform)
    found: UUID = organisation.deliveries(message)[0].id
    return found


def states(organisation: SampleOrganisation) -> set[tuple[str, str]]:
    """Return name and state of what came in."""
    rows = organisation.rows("SELECT transport || ' ' || remote_id AS name, state FROM messages WHERE direction = 'in'")
    return {(row.name, row.state) for row in rows}


@pytest.mark.feature("R1", "R2")
def test_one_of_many_deliveries_is_recalled_and_told(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    delivery: UUID,
    notices: list[tuple[str, dict[str, Any]]],
) -> None:
    """To the event log and to plugins; the others stay."""
    in_work(platform, case_worker, recall.recall, delivery)
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT", "RECALLED"]
    assert organisation.timeline(delivery)[-1] == "RECALLED"
    (entry,) = organisation.log_entries("delivery.recalled")
    assert str(delivery) in entry
    assert notices[-1] == ("state_changed", {"delivery_id": delivery, "state": "RECALLED"})


@pytest.mark.feature("R1")
def test_a_transport_may_stop_what_is_recalled_or_refuse(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    delivery: UUID,
    fake_transport: FakeTransport,
) -> None:
    """What it refuses is not recalled."""
    asked: list[tuple[UUID, UUID]] = []

    def take_back(organisation_id: UUID, delivery_id: UUID) -> None:
        asked.append((organisation_id, delivery_id))
        if len(asked) == 1:
            raise Conflict("Det har redan skrivits ut.")

    fake_transport.take_back = take_back  # type: ignore[attr-defined]
    assert isinstance(fake_transport, TakesBack)
    with pytest.raises(Conflict, match="skrivits ut"):
        in_work(platform, case_worker, recall.recall, delivery)
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"] * 2
    in_work(platform, case_worker, recall.recall, delivery)
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT", "RECALLED"]
    assert asked == [(organisation.id, delivery)] * 2


@pytest.mark.feature("R1")
def test_nobody_opens_what_is_being_recalled(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    delivery: UUID,
    fake_transport: FakeTransport,
) -> None:
    """Nor does a receipt move it: its row is locked while the transport stops it."""
    locked: list[UUID] = []

    def take_back(organisation_id: UUID, delivery_id: UUID) -> None:
        query = text("SELECT id FROM deliveries FOR UPDATE SKIP LOCKED")
        with platform.database.transaction(organisation_id, reader=ALL_CASES) as connection:
            others = connection.execute(query).scalars().all()
        locked.extend([delivery_id] * (len(others) == 1 and delivery_id not in others))

    fake_transport.take_back = take_back  # type: ignore[attr-defined]
    in_work(platform, case_worker, recall.recall, delivery)
    assert locked == [delivery]


@pytest.mark.parametrize("why", ["cannot", "gone"])
def test_what_its_transport_cannot_recall_stays(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    delivery: UUID,
    fake_transport: FakeTransport,
    why: str,
) -> None:
    """Nor is anything recalled over a transport that is switched off: nobody would hear of it."""
    if why == "cannot":
        fake_transport.capabilities = Capabilities(receipts=True)
    else:
        organisation.rows("UPDATE deliveries SET transport = 'duvor' RETURNING 1")
    with pytest.raises(Conflict, match="kan inte återkallas"):
        in_work(platform, case_worker, recall.recall, delivery)
    assert organisation.delivery_states() == ["WAITING_FOR_RECEIPT"] * 2


@pytest.mark.usefixtures("delivery")
def test_what_never_arrived_is_not_recalled(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, fake_transport: FakeTransport
) -> None:
    """It asks for help still."""
    fake_transport.failures.append(Permanent("Mottagaren finns inte."))
    message = organisation.send(case_worker)
    deliver_due(platform)
    with pytest.raises(Conflict, match="inte kommit fram"):
        in_work(platform, case_worker, recall.recall, organisation.deliveries(message)[0].id)
    assert organisation.delivery_states()[-1] == "SEND_FAILURE"


@pytest.mark.usefixtures("delivery")
def test_a_receipt_of_ours_is_no_message_to_recall(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, receipt_to_send: Any
) -> None:
    """The sender of what came would never know that we have it."""
    organisation.arrive(receipt=receipt_to_send())
    (receipt,) = organisation.rows("SELECT id FROM deliveries WHERE purpose = 'receipt'")
    with pytest.raises(NotFound):
        in_work(platform, case_worker, recall.recall, receipt.id)


@pytest.mark.feature("R3")
def test_of_many_messages_that_came_the_one_that_its_sender_recalls(
    platform: Platform, organisation: SampleOrganisation
) -> None:
    """Over the same transport alone; a second time there is nothing left to mark."""
    for transport, remote_id in (("fake", "1"), ("fake", "2"), ("other", "1")):
        acting.accept(platform, organisation.incoming(remote_id, transport=transport))
    writer = SystemActor(organisation.id, "Duvslaget", frozenset({ActorScope.WRITE}))
    assert [in_work(platform, writer, recall.mark_recalled, "fake", name) for name in ("1", "1", "7")] == [
        True,
        False,
        False,
    ]
    assert states(organisation) == {("fake 1", "RECALLED"), ("fake 2", "RECEIVED"), ("other 1", "RECEIVED")}
    (marked,) = organisation.rows("SELECT id, case_id FROM messages WHERE state = 'RECALLED'")
    (entry,) = organisation.log_entries("message.recalled")
    assert str(marked.id) in entry
    assert str(marked.case_id) in entry


@pytest.mark.feature("R3")
def test_who_may_only_read_marks_nothing_as_recalled(platform: Platform, organisation: SampleOrganisation) -> None:
    """Nobody could open it any more."""
    acting.accept(platform, organisation.incoming("1"))
    reader = SystemActor(organisation.id, "Läsaren", frozenset({ActorScope.READ}))
    with pytest.raises(Forbidden):
        in_work(platform, reader, recall.mark_recalled, "fake", "1")
    assert states(organisation) == {("fake 1", "RECEIVED")}
