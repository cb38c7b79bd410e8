"""What the access point pushes: a bell, or a whole message."""

from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import Any

import pytest
from litestar.testing import TestClient
from tests.plugins.sdk_transport.access_points.soap.conftest import PATIENCE, PUSHER

from budkavle import Platform
from budkavle.testing.working import do_job
from budkavle_sdk_transport.access_points.domibus.interfaces import SOAP_TYPE
from budkavle_sdk_transport.access_points.domibus.push import PATH
from budkavle_sdk_transport.simulator.domibus_stub.server import Stub


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
