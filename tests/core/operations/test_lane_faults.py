"""What one fault costs the other deliveries of its lane."""

import threading
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from budkavle.cases import attachments
from budkavle.deliveries.destinations import windows
from budkavle.messaging import sending
from budkavle.model import sources
from budkavle.model.errors import Temporary, Unavailable
from budkavle.model.messages import Address, Outcome, Outgoing
from budkavle.model.states import DeliveryState
from budkavle.operations.worker import Worker
from budkavle.plugins import calls
from budkavle.plugins.protocols.transport import Backoff
from budkavle.storage.platform import Platform, Work
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.working import wait_until


class Domains(FakeTransport):
    """A transport with a peer for each domain, of which `dead.se` does not answer."""

    def __init__(self) -> None:
        hour = timedelta(hours=1)
        super().__init__("domains", "Domäner", backoff=Backoff(hour, hour, deadline=timedelta(seconds=0.05)))
        self.let_go = threading.Event()

    def destination(self, _work: Work, _mailbox_id: UUID | None, recipient: Address) -> str:
        return recipient.value.partition("@")[2]

    def send(self, outgoing: Outgoing) -> Outcome:
        if outgoing.delivery.recipient.value.endswith("dead.se"):
            assert self.let_go.wait(120)
        return super().send(outgoing)


@pytest.mark.feature("ZO1", "PL5")
def test_calls_that_hang_at_one_peer_stop_no_lane_that_has_others(build_organisation: Any, draft: Any) -> None:
    """More hang than the lane has threads; what goes to another peer goes."""
    domains = Domains()
    organisation = build_organisation(transports=(domains,))

    def send(value: str) -> None:
        message = draft(recipients=(Address("domains", value),))
        in_work(organisation.platform, organisation.case_worker, sending.send, organisation.mailbox.id, message)

    worker = Worker(organisation.platform)
    for number in range(2):
        send(f"{number}@dead.se")
    try:
        assert worker.work_once() == 2
        send("anna@habo.se")
        assert worker.work_once() == 1
    finally:
        domains.let_go.set()
        wait_until(lambda: calls.left_behind("domains") == 0)


@pytest.mark.feature("PL5", "S13")
def test_our_own_fault_closes_no_destination(
    platform: Platform, organisation: SampleOrganisation, draft: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store does not answer for as many deliveries as close one; when it does, all go at once."""

    def silent(*_: Any) -> Any:
        raise Unavailable("Lagringen av filer svarar inte.")

    for _ in range(windows.CLOSE_AFTER):
        one = attachments.store(platform, organisation.case_worker, "a.pdf", "application/pdf", [b"%PDF-1."]).id
        message = draft(attachments=(one,))
        in_work(platform, organisation.case_worker, sending.send, organisation.mailbox.id, message)
    worker = Worker(platform)
    with monkeypatch.context() as patch:
        patch.setattr(type(platform.blobs), "_pieces", silent)
        assert worker.work_once() == windows.CLOSE_AFTER
    organisation.make_due()
    assert worker.work_once() == windows.CLOSE_AFTER
    assert set(organisation.delivery_states()) == {"WAITING_FOR_RECEIPT"}


@pytest.mark.feature("S9")
def test_one_that_cannot_keep_its_lease_is_returned(
    platform: Platform, organisation: SampleOrganisation, fake_transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine sleeps each time just before it is handed over: another worker takes it, at once."""
    organisation.send(organisation.case_worker)
    hours = count(step=3600.0)
    monkeypatch.setattr(sources, "boottime", lambda: next(hours))
    assert Worker(platform).work_once() == 1
    assert fake_transport.tries == []
    assert organisation.delivery_states() == [DeliveryState.WAITING_FOR_RETRY]
    monkeypatch.undo()
    assert Worker(platform).work_once() == 1


@pytest.mark.feature("ZO1")
def test_a_destination_that_takes_no_receipts_is_closed_and_nothing_is_lost(
    platform: Platform, organisation: SampleOrganisation, fake_transport: FakeTransport, receipt_to_send: Any
) -> None:
    """They belong to no message whose mailbox could name it."""
    for number in range(windows.CLOSE_AFTER):
        organisation.arrive(remote_id=str(number), receipt=receipt_to_send())
    fake_transport.failures += [Temporary("Nej.")] * windows.CLOSE_AFTER
    Worker(platform).work_once()
    assert organisation.delivery_states() == ["WAITING_FOR_RETRY"] * windows.CLOSE_AFTER


def test_a_lane_forgets_its_batches(platform: Platform, organisation: SampleOrganisation) -> None:
    """A worker runs for months."""
    organisation.send(organisation.case_worker)
    worker = Worker(platform)
    assert worker.work_once() == 1
    assert not any(lane._batches for lane in worker._lanes.values())
