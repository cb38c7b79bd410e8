"""What has left stands in the ledger, on disk, before the database knows of it: a restored one sends nothing twice."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from budkavle.deliveries import recall, results
from budkavle.messaging import sending
from budkavle.model.errors import NotYet, Permanent, Temporary
from budkavle.model.messages import Outcome
from budkavle.model.states import DeliveryState
from budkavle.operations.batches import result_buffer
from budkavle.operations.worker import Worker
from budkavle.plugins.protocols.transport import Backoff, Capabilities
from budkavle.storage.outside import ledger
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeTransport
from budkavle.testing.organisations import SampleOrganisation
from budkavle.testing.working import wait_until

D = DeliveryState


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done, in order: a line written, the lines flushed, an attempt begun, results recorded."""
    order: list[str] = []

    def watch(module: Any, name: str, what: Callable[..., str]) -> None:
        function = getattr(module, name)

        def watched(*given: Any, **more: Any) -> Any:
            order.extend(filter(None, [what(*given)]))
            return function(*given, **more)

        monkeypatch.setattr(module, name, watched)

    monkeypatch.setattr(result_buffer, "DURABLE_AFTER", 60.0)  # however busy the machine is
    watch(ledger, "note", lambda _settings, event, *_ids: str(event))
    watch(ledger, "keep", lambda: "flushed")
    watch(results, "begin_attempt", lambda *_: "begun")
    watch(results, "record_result", lambda *_: "recorded")
    watch(results, "record_results", lambda _platform, several: "recorded" if several else "")
    return order


@pytest.mark.feature("ZO13")
@pytest.mark.usefixtures("delivery")
@pytest.mark.parametrize(
    ("answer", "has_left"),
    [
        (Outcome(D.WAITING_FOR_RECEIPT), True),
        (Outcome(D.SEND_ENQUEUED), True),
        (Outcome(D.ACKNOWLEDGED, remote_id="7"), True),
        (Outcome(D.REJECTED), False),
        (Temporary("Nej."), False),
        (NotYet("Senare.", pause=timedelta(hours=1)), False),
        (Permanent("Aldrig."), False),
    ],
)
def test_what_was_handed_over_is_on_disk_before_its_result(
    platform: Platform, fake_transport: FakeTransport, order: list[str], answer: Any, has_left: bool
) -> None:
    """What was not handed over is not in it: restored, it is sent."""

    def send(_outgoing: Any) -> Outcome:
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Outcome)
        return answer

    fake_transport.send = send  # type: ignore[method-assign]
    Worker(platform).work_once()
    until_recorded = order[: order.index("recorded") + 1]
    assert until_recorded == ["begun", *["handed-over"] * has_left, "flushed", "recorded"]


@pytest.mark.feature("ZO13")
def test_a_result_that_is_to_survive_a_crash_waits_for_the_disk(
    platform: Platform,
    organisation: SampleOrganisation,
    draft: Any,
    order: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also in the middle of a batch."""
    for _ in range(2):
        in_work(platform, organisation.case_worker, sending.send, organisation.mailbox.id, draft())
    monkeypatch.setattr(result_buffer, "DURABLE_AFTER", -1.0)
    Worker(platform).work_once()
    assert order == [*["flushed", "begun", "handed-over"] * 2, "flushed", "recorded"]


@pytest.mark.feature("ZO13")
@pytest.mark.usefixtures("delivery")
def test_what_was_taken_late_is_on_disk_too(
    platform: Platform, organisation: SampleOrganisation, fake_transport: FakeTransport, order: list[str]
) -> None:
    """The answer came after its deadline."""
    go_on, hour = threading.Event(), timedelta(hours=1)

    def send(_outgoing: Any) -> Outcome:
        assert go_on.wait(60)
        return Outcome(D.WAITING_FOR_RECEIPT)

    fake_transport.send = send  # type: ignore[method-assign]
    fake_transport.backoff = Backoff(hour, hour, deadline=timedelta(seconds=0.05))
    Worker(platform).work_once()
    order.clear()
    go_on.set()
    wait_until(lambda: organisation.delivery_states() == ["WAITING_FOR_RECEIPT"])
    assert order == ["handed-over", "flushed", "recorded"]


@pytest.mark.feature("R1", "ZO13")
def test_a_recall_is_on_disk_when_it_is_told(
    platform: Platform, organisation: SampleOrganisation, fake_transport: FakeTransport, delivery: Any, order: list[str]
) -> None:
    """A power cut takes nothing of it."""
    fake_transport.capabilities = Capabilities(receipts=True, recall=True)
    Worker(platform).work_once()
    order.clear()
    in_work(platform, organisation.case_worker, recall.recall, delivery)
    assert order == ["recalled", "flushed"]
