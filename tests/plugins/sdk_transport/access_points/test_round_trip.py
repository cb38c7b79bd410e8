"""The whole way by SOAP: two organisations, one access point that behaves as it is told, its bell."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Any

import pytest
from click.testing import CliRunner
from litestar.testing import TestClient

from budkavle import Health, Platform, call
from budkavle.testing.working import do_job, wait_until
from budkavle_sdk_transport.access_points.domibus.interfaces import SOAP_TYPE
from budkavle_sdk_transport.access_points.domibus.push import PATH
from budkavle_sdk_transport.commands.access_point import group
from budkavle_sdk_transport.commands.doctor import SENTENCES, examine
from budkavle_sdk_transport.incoming.receiving import SHARES, TELL_AFTER
from budkavle_sdk_transport.network import Network, network
from budkavle_sdk_transport.simulator.domibus_stub.delivery import Retry
from budkavle_sdk_transport.simulator.domibus_stub.faults import CallFault, CallFaultKind
from budkavle_sdk_transport.simulator.domibus_stub.server import Stub, running
from budkavle_sdk_transport.simulator.federation import PARTICIPANTS, Federation

PATIENCE = 30.0
MUNICIPALITY = PARTICIPANTS[0].participant
PUSHER = ("access-point", "hemligt")


@pytest.fixture
def stub(tmp_path: Path) -> Iterator[Stub]:
    """An access point for every participant."""
    directory: dict[str, str] = {}
    retry = Retry(tries=3, seconds=0.02)
    with running(Stub(tmp_path / "stub", "AP0001-OPEN-TEST", directory=directory, retry=retry)) as made:
        directory.update((one.participant, made.between) for one in PARTICIPANTS)
        yield made


@pytest.fixture
def sdk_settings(stub: Stub) -> dict[str, Any]:
    """By SOAP, with a bell."""
    soap = {"url": stub.url, "timeout_seconds": 10.0, "push_user": PUSHER[0], "push_password": PUSHER[1]}
    return {"access_point": "soap", "soap": soap}


@pytest.fixture(autouse=True)
def closed(parts: Network) -> Iterator[None]:
    """The connections to the stub end with the test."""
    yield
    parts.access_point.close()


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


def test_an_administrator_can_ask_the_access_point(platform: Platform, peer: Any, stub: Stub) -> None:
    """What it says of a parcel and of its errors; and what it could not push, which it is told to push again."""
    commands = group(platform.plugins.host("sdk"))

    def run(*words: str) -> str:
        done = CliRunner().invoke(commands, words)
        assert done.exception is None, done.output
        return done.output

    lost = peer.submit(b"<xhe/>", recipient="0203:nobody.example")
    end = monotonic() + PATIENCE
    while "SEND_FAILURE" not in run("status", lost):
        assert monotonic() < end
        sleep(0.01)
    assert "EBMS_0003" in run("status", lost)
    assert "NOT_FOUND" in run("status", lost, "--received")
    stub.message_store.add_push(lost, "receiveSuccess")
    stub.message_store._do("UPDATE pushes SET tries = 3", ())
    assert lost in run("push-failed", MUNICIPALITY, "--again")
    assert lost not in run("push-failed", MUNICIPALITY)


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


def test_the_doctor_says_whether_what_is_fetched_is_left(
    platform: Platform, parts: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the access point's own WSDL, once for the installation."""
    host = platform.plugins.host("sdk")
    assert [str(one) for one in examine(host)].count(SENTENCES["leaves"]) == 1
    monkeypatch.setattr(type(parts.access_point), "leaves", False)
    assert [str(one) for one in examine(host)].count(SENTENCES["once"]) == 1


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


def told(platform: Platform, region: Any, name: str, *, organisation: bool = False) -> list[Health]:
    """What a health check of the plugin says, of the installation or of the region."""
    check = platform.plugins.health_checks[f"sdk.{name}"]
    return list(call(check.check, region.organisation.id if organisation else None))


REASONS = {
    "(HTTP 401)": CallFault(CallFaultKind.STATUS, "401"),
    "(HTTP 415)": CallFault(CallFaultKind.STATUS, "415"),
    "HTTP 503": CallFault(CallFaultKind.STATUS, "503"),
    "webbsida i stället för SOAP": CallFault(CallFaultKind.HTML),
    "inte följer dess WSDL": CallFault(CallFaultKind.NONSENSE),
    "svarade inte, eller inte färdigt": CallFault(CallFaultKind.DIES_BEFORE),
    "godtar inte vår inloggning": CallFault(CallFaultKind.FAULT, "WS_PLUGIN_0002"),
}


@pytest.mark.parametrize("reason", REASONS)
def test_health_knows_why_the_access_point_does_not_answer(
    platform: Platform, region: Any, sdk_worker: Any, stub: Stub, reason: str
) -> None:
    """Since when, and why, each kind of trouble by itself; until it answers again."""
    assert [one.ok for one in told(platform, region, "access-point")] == [True]
    sdk_worker.fetch()
    stub.faults.plan("listPendingMessages", *[REASONS[reason]] * SHARES)
    sdk_worker.fetch()
    for whose in (False, True):
        (bad,) = told(platform, region, "access-point", organisation=whose)
        assert not bad.ok
        assert reason in str(bad)
        assert "Senaste riktiga svar" in str(bad)
        assert "As it was asked" not in str(bad), "the access point's own words may name somebody"
    sdk_worker.fetch()
    (well,) = told(platform, region, "access-point")
    assert well.ok
    assert "Accesspunkten svarade senast" in str(well)


def test_one_that_has_never_answered_is_not_said_to_have(
    platform: Platform, municipality: Any, region: Any, sdk_worker: Any, stub: Stub
) -> None:
    """And a message that cannot be handed over tells its writer no more than that."""
    stub.faults.plan("listPendingMessages", *[CallFault(CallFaultKind.STATUS, "401")] * SHARES)
    sdk_worker.fetch()
    assert "aldrig svarat rätt" in str(told(platform, region, "access-point")[0])
    stub.faults.plan("submitMessage", CallFault(CallFaultKind.STATUS, "401"))
    municipality.send(region.address())
    sdk_worker.deliver()
    assert municipality.delivery().failure == "Accesspunkten svarar inte. Vi försöker igen."


@pytest.mark.feature("SD4")
def test_health_counts_what_nobody_was_told_of(
    platform: Platform, region: Any, peer: Any, sdk_worker: Any, stub: Stub
) -> None:
    """A message that is refused without a receipt has been deleted at the access point: an administrator must know."""
    assert [one.ok for one in told(platform, region, "refused", organisation=True)] == [True]
    name = peer.submit(b"<xhe/>")
    wait_until(lambda: stub.message_store.pending() == [name])
    sdk_worker.fetch()
    assert stub.message_store.status(name, "RECEIVING") == "DELETED"
    for whose in (False, True):
        (bad,) = told(platform, region, "refused", organisation=whose)
        assert not bad.ok
        assert "1 meddelanden" in str(bad)
    region.organisation.rows("UPDATE sdk_arrivals SET at = at - interval '2 days' RETURNING 1")
    (older,) = told(platform, region, "refused", organisation=True)
    assert older.ok
    assert "1 meddelanden" in str(older)


@pytest.fixture
def web(platform: Platform) -> Iterator[TestClient[Any]]:
    """The installation's web."""
    from budkavle.web.app import create_app

    with TestClient(create_app(platform)) as client:
        yield client


@pytest.fixture
def pushing(stub: Stub, web: TestClient[Any]) -> Callable[..., bool]:
    """What the stub pushes, over the test's own line."""
    stub.carrier.backend, stub.carrier.login = PATH, PUSHER

    def push(transport_id: str, kind: str, word: str = "") -> bool:
        return stub.carrier._push(web, transport_id, kind, word)

    return push


def test_the_bell_lets_a_worker_look_at_once(
    platform: Platform, municipality: Any, region: Any, sdk_worker: Any, stub: Stub, pushing: Callable[..., bool]
) -> None:
    """Rung in the web's process, heard in the worker's; what has come is fetched, and what went is asked about."""
    municipality.send(region.address())
    sdk_worker.deliver()
    name = str(municipality.delivery().id)
    end = monotonic() + PATIENCE
    while stub.message_store.status(name, "RECEIVING") != "RECEIVED":
        assert monotonic() < end
        sleep(0.01)
    assert do_job(platform, "sdk.doorbell") == 0, "nobody has rung"
    assert pushing(name, "sendSuccess")
    assert pushing(name, "receiveSuccess")
    assert pushing(name, "receiveSuccess"), "pushed again, as Domibus does when it is unsure"
    do_job(platform, "sdk.doorbell")
    assert municipality.states() == ["WAITING_FOR_RECEIPT"]
    assert stub.message_store.status(name, "RECEIVING") == "DELETED"
    assert do_job(platform, "sdk.doorbell") == 0, "a bell is answered once"


def test_a_message_pushed_whole_is_stored_before_the_answer(
    region: Any, peer: Any, sdk_worker: Any, stub: Stub, pushing: Callable[..., bool]
) -> None:
    """The access point forgets it when we say that we have it; pushed twice, it is one message."""
    stub.carrier.whole = True
    parcel = peer.submit(peer.seal(peer.message()))
    end = monotonic() + PATIENCE
    while stub.message_store.status(parcel, "RECEIVING") != "RECEIVED":
        assert monotonic() < end
        sleep(0.01)
    held = stub.message_store.find(parcel, "RECEIVING", whole=True)
    assert pushing(parcel, "receiveSuccess")
    assert stub.message_store.status(parcel, "RECEIVING") == "DELETED"
    sdk_worker.deliver()
    assert [one.subject for one in region.messages()] == ["Begäran"]
    stub.message_store._do("DELETE FROM messages WHERE id = ? AND role = 'RECEIVING'", (parcel,))
    assert held is not None
    stub.message_store.add(held.parcel, "RECEIVING", "RECEIVED", held.party)
    assert pushing(parcel, "receiveSuccess")
    assert len(region.messages()) == 1


def test_a_message_that_cannot_be_stored_is_not_taken(peer: Any, stub: Stub, pushing: Callable[..., bool]) -> None:
    """For somebody who is not here, or while the certificates are out of reach: a fault, and it is pushed again."""
    stub.carrier.whole = True
    peer.break_certificates()
    parcel = peer.submit(peer.seal(peer.message()))
    elsewhere = peer.submit(b"<xhe/>", recipient="0203:trygghet.example")
    end = monotonic() + PATIENCE
    for one in (parcel, elsewhere):
        while stub.message_store.status(one, "RECEIVING") != "RECEIVED":
            assert monotonic() < end
            sleep(0.01)
        assert not pushing(one, "receiveSuccess")
        assert stub.message_store.status(one, "RECEIVING") == "RECEIVED"


def test_the_bell_is_for_the_access_point(web: TestClient[Any]) -> None:
    """Whoever does not say who it is, or speaks no SOAP, is refused."""
    strange = (
        (None, SOAP_TYPE, b"", 401),
        (("access-point", "gissat"), SOAP_TYPE, b"", 401),
        (PUSHER, SOAP_TYPE, b"<soap", 400),
        (PUSHER, "text/html", b"<html/>", 400),
        (PUSHER, SOAP_TYPE, b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 400),
    )
    for auth, content_type, body, status in strange:
        answer = web.post(PATH, content=body, headers={"content-type": content_type}, auth=auth)
        assert answer.status_code == status
