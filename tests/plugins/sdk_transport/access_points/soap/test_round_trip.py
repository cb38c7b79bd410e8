"""Messages and receipts go by SOAP, and nothing is lost or doubled whatever the access point does."""

import random
from contextlib import closing
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Any

import pytest
from tests.plugins.sdk_transport.access_points.soap.conftest import PATIENCE

from budkavle import Platform
from budkavle.testing.working import do_job, wait_until
from budkavle_sdk_transport.incoming.receiving import TELL_AFTER
from budkavle_sdk_transport.network import Network, network
from budkavle_sdk_transport.simulator.domibus_stub.faults import CallFault, CallFaultKind
from budkavle_sdk_transport.simulator.domibus_stub.server import Stub, running
from budkavle_sdk_transport.simulator.federation import Federation


def until(platform: Platform, municipality: Any, region: Any, sdk_worker: Any, parts: Network, *states: str) -> None:
    """Let time pass, workers work and access points deliver until Habo's messages have come so far."""
    end = monotonic() + PATIENCE
    while municipality.states() != list(states):
        assert monotonic() < end, f"{municipality.states()}"
        for member in (municipality, region):
            member.organisation.rows("UPDATE deliveries SET due_at = now() WHERE due_at > now() RETURNING 1")
        parts.receiver._retry_delays._waits.clear()
        sdk_worker.deliver()
        sdk_worker.fetch()
        do_job(platform, "sdk.status")
        sleep(0.02)


@pytest.mark.feature("SD15")
def test_a_message_and_its_receipt_go_by_soap(
    platform: Platform, municipality: Any, region: Any, sdk_worker: Any, parts: Network, stub: Stub
) -> None:
    """Sent, delivered, fetched, stored, marked, receipted: and nothing is left at the access point."""
    file = municipality.attach()
    municipality.send(region.address(), attachments=(file,))
    until(platform, municipality, region, sdk_worker, parts, "ACKNOWLEDGED")
    (message,) = region.messages()
    assert message.subject == "Orosanmälan"
    assert len(message.attachments) == 1
    assert stub.message_store.count("SENDING") == stub.message_store.count("RECEIVING") == 2
    assert stub.message_store.pending() == []
    assert stub.message_store.status(str(municipality.delivery().id), "RECEIVING") == "DELETED"


@pytest.mark.feature("SD7", "SD16", "PL5")
def test_whatever_the_access_point_does_nothing_is_lost_or_doubled(
    platform: Platform, municipality: Any, region: Any, sdk_worker: Any, parts: Network, stub: Stub
) -> None:
    """Calls are late, break off, are answered by others or not at all, and what waits is listed backwards."""
    stub.faults.shuffled = True
    chance = random.Random(4)  # noqa: S311 - which calls go wrong must be the same each time
    ways = [
        CallFaultKind.HALF,
        CallFaultKind.DIES_BEFORE,
        CallFaultKind.DIES_AFTER,
        CallFaultKind.HTML,
        CallFaultKind.NONSENSE,
        CallFaultKind.FAULT,
    ]
    for operation in ("submitMessage", "retrieveMessage", "markMessageAsDownloaded", "getStatusWithAccessPointRole"):
        stub.faults.plan(operation, *(CallFault(chance.choice(ways), "WS_PLUGIN_0001") for _ in range(6)))
    stub.faults.plan(
        "listPendingMessages",
        CallFault(CallFaultKind.LATE, seconds=0.1),
        CallFault(CallFaultKind.HALF),
        CallFault(CallFaultKind.HTML),
    )
    for number in range(4):
        municipality.send(region.address(), subject=f"Nummer {number}")
    until(platform, municipality, region, sdk_worker, parts, *["ACKNOWLEDGED"] * 4)
    assert sorted(one.subject for one in region.messages()) == [f"Nummer {number}" for number in range(4)]
    assert stub.message_store.count("SENDING") == 8, "four messages and four receipts, each handed over once"
    assert [
        row.n
        for row in municipality.organisation.rows("SELECT count(*) AS n FROM receipts WHERE state = 'ACKNOWLEDGED'")
    ] == [4]


def test_an_access_point_that_dies_and_comes_back_knows_what_it_had(
    platform: Platform, municipality: Any, region: Any, sdk_worker: Any, parts: Network, stub: Stub, tmp_path: Path
) -> None:
    """It took the message, and ended before it was delivered; another process takes up where it was."""
    stub.carrier.faults.delay = 60.0
    municipality.send(region.address())
    sdk_worker.deliver()
    assert municipality.states() == ["SEND_ENQUEUED"]
    port = stub._server.server_port
    stub._server.end()
    stub.carrier.stop()
    assert sdk_worker.fetch() == 0
    with running(Stub(tmp_path / "stub", "AP0001-OPEN-TEST", port=port, directory=stub.directory)):
        until(platform, municipality, region, sdk_worker, parts, "ACKNOWLEDGED")
    assert len(region.messages()) == 1
    stub._server = type("Ended", (), {"end": lambda self: None})()  # type: ignore[assignment]


class Killed(BaseException):
    """Nothing catches it, as nothing catches what ends a process."""


@pytest.mark.feature("SD7")
@pytest.mark.parametrize("fault", ["no certificates", "killed"])
def test_what_was_fetched_is_stored_after_a_fault(
    platform: Platform,
    region: Any,
    peer: Any,
    sdk_worker: Any,
    parts: Network,
    live_federation: Federation,
    stub: Stub,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    """The access point hands a message out once; the publisher is down then, or the worker dies: it arrives later."""
    stub.faults.hands_out_once = True
    name = peer.submit(peer.seal(peer.message()))
    wait_until(lambda: stub.message_store.pending() == [name])

    def die(*_: Any) -> Any:
        raise Killed

    if fault == "killed":
        monkeypatch.setattr(type(parts.receiver), "_open", die)
        with pytest.raises(Killed):
            parts.receiver.fetch()
        monkeypatch.undo()
    else:
        peer.break_certificates()
        sdk_worker.fetch()
    assert stub.message_store.status(name, "RECEIVING") == "DELETED"
    assert region.organisation.rows("SELECT 1 FROM messages") == []
    network.cache_clear()
    fresh = network(platform.plugins.host("sdk"))  # another process, which has heard nothing of it
    with closing(fresh.access_point):
        fresh.certificates.fetch = live_federation.publisher.answer
        fresh.certificates.forget()
        assert fresh.receiver.fetch() == 1
        assert region.organisation.rows("SELECT state FROM messages")
        assert fresh.receiver.fetch() == 0


@pytest.mark.feature("SD7")
def test_what_broke_off_and_is_gone_is_told(
    region: Any, peer: Any, sdk_worker: Any, parts: Network, stub: Stub
) -> None:
    """The access point let go of a message whose bytes never came whole: an administrator reads it, once."""
    stub.faults.hands_out_once = True
    name = peer.submit(peer.seal(peer.message()))
    wait_until(lambda: stub.message_store.pending() == [name])
    stub.faults.plan("retrieveMessage", CallFault(CallFaultKind.HALF))
    for _ in range(3):
        sdk_worker.fetch()
        parts.receiver._retry_delays._waits.clear()
    (event,) = region.organisation.log_entries("parcel.lost")
    assert "bröts av när det hämtades" in event


@pytest.mark.feature("PL5")
def test_a_parcel_that_is_never_handed_out_does_not_stop_the_others(
    region: Any, peer: Any, sdk_worker: Any, parts: Network, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The access point breaks off at one parcel, again and again: it waits longer and longer, and is told of."""
    poison, good = peer.submit(peer.seal(peer.message())), peer.submit(peer.seal(peer.message(label="Frisk")))
    wait_until(lambda: stub.message_store.pending() == [poison, good])
    whole, turn = parts.access_point.parcel, Lock()

    def parcel(transport_id: str) -> Any:
        with turn:  # the lie is for the next who asks
            if transport_id == poison:
                stub.faults.plan("retrieveMessage", CallFault(CallFaultKind.HALF))
            return whole(transport_id)

    monkeypatch.setattr(parts.access_point, "parcel", parcel)
    for _ in range(TELL_AFTER):
        sdk_worker.fetch()
        parts.receiver._retry_delays._waits[poison].until = 0.0
    sdk_worker.deliver()
    assert [one.subject for one in region.messages()] == ["Frisk"]
    assert stub.message_store.pending(finalRecipient="0203:regionvattern.example") == [poison]
    assert len(region.organisation.log_entries("parcel.postponed")) == 1
