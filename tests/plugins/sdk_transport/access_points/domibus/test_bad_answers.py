"""Answers that are lost, late, broken or faults: nothing is lost and nothing is sent twice."""

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from budkavle_sdk_transport.access_points.domibus.client import DomibusAccessPoint
from budkavle_sdk_transport.access_points.domibus.faults import MEANINGS, Kind, error_of, meaning
from budkavle_sdk_transport.access_points.interface import (
    AccessPointUnavailable,
    ParcelLost,
    ParcelNotFound,
    ParcelRefused,
    Unanswered,
)
from budkavle_sdk_transport.settings import SoapSettings
from budkavle_sdk_transport.simulator.domibus_stub.faults import CallFault, CallFaultKind


def test_a_second_submission_is_found_out_by_asking(pair: Any, habo: DomibusAccessPoint) -> None:
    """The fault of a duplicate says nothing of itself (EBMS_0004); the status does."""
    parcel = pair.parcel()
    habo.submit(parcel)
    pair.wait_for(habo, parcel.transport_id, "ACKNOWLEDGED")
    assert habo.submit(parcel).state == "ACKNOWLEDGED"


@pytest.mark.parametrize("way", [CallFaultKind.HALF, CallFaultKind.DIES_AFTER])
def test_a_submission_whose_answer_is_lost_has_been_made(
    pair: Any, habo: DomibusAccessPoint, way: CallFaultKind
) -> None:
    """It was taken, and the answer broke off: the access point is asked, and knows it."""
    pair.habo.faults.plan("submitMessage", CallFault(way))
    parcel = pair.parcel()
    assert habo.submit(parcel).transport_id == parcel.transport_id
    assert pair.wait_for(habo, parcel.transport_id, "ACKNOWLEDGED")


@pytest.mark.parametrize(
    "call_fault",
    [
        CallFault(CallFaultKind.DIES_BEFORE),
        CallFault(CallFaultKind.HTML),
        CallFault(CallFaultKind.NONSENSE),
        CallFault(CallFaultKind.STATUS, "503"),
        CallFault(CallFaultKind.STATUS, "403"),
        CallFault(CallFaultKind.FAULT, "WS_PLUGIN_0001"),
        CallFault(CallFaultKind.FAULT, "EBMS_0004"),
    ],
    ids=lambda call_fault: f"{call_fault.way} {call_fault.word}".strip(),
)
def test_a_submission_that_was_not_made_is_tried_later(
    pair: Any, habo: DomibusAccessPoint, call_fault: CallFault
) -> None:
    """The access point does not know it: no harm is done by trying again, and then it goes."""
    pair.habo.faults.plan("submitMessage", call_fault)
    parcel = pair.parcel()
    with pytest.raises(AccessPointUnavailable):
        habo.submit(parcel)
    assert habo.status(parcel.transport_id) == "NOT_FOUND"
    habo.submit(parcel)
    assert pair.wait_for(habo, parcel.transport_id, "ACKNOWLEDGED")


@pytest.mark.parametrize("operation", ["listPendingMessages", "retrieveMessage", "markMessageAsDownloaded"])
@pytest.mark.parametrize(
    "way",
    [
        CallFaultKind.HALF,
        CallFaultKind.DIES_BEFORE,
        CallFaultKind.DIES_AFTER,
        CallFaultKind.HTML,
        CallFaultKind.NONSENSE,
    ],
)
def test_fetching_survives_every_kind_of_bad_answer(
    pair: Any, habo: DomibusAccessPoint, kisa: DomibusAccessPoint, operation: str, way: CallFaultKind
) -> None:
    """It counts as unreachable for now, and nothing is lost: what was not marked comes again."""
    parcel = pair.parcel(os.urandom(50_000))
    habo.submit(parcel)
    pair.wait_for(habo, parcel.transport_id, "ACKNOWLEDGED")
    pair.kisa.faults.plan(operation, CallFault(way))

    def fetch() -> None:
        for one in kisa.pending("0203:kisa.example"):
            assert kisa.parcel(one) == parcel
            kisa.mark_downloaded(one)

    with pytest.raises(AccessPointUnavailable):
        fetch()
    fetch()
    assert kisa.status(parcel.transport_id, "RECEIVING") == "DELETED"


def test_the_older_interface_keeps_what_it_hands_out_only_once(pair: Any, habo: DomibusAccessPoint) -> None:
    """Retrieved is deleted there: so it lies on our disk before anybody hears of it, and a new process finds it."""
    parcel = pair.parcel(os.urandom(1000))
    habo.submit(parcel)
    pair.wait_for(habo, parcel.transport_id, "ACKNOWLEDGED")
    first = pair.client(pair.kisa, interface="backend")
    assert first.pending("0203:kisa.example") == [parcel.transport_id]
    assert pair.client(pair.kisa).status(parcel.transport_id, "RECEIVING") == "DELETED"
    again = DomibusAccessPoint(SoapSettings(url=pair.kisa.older_url, interface="backend"), first._kept)
    pair.clients.append(again)
    assert again.pending("0203:kisa.example") == [parcel.transport_id]
    assert again.parcel(parcel.transport_id) == parcel
    again.mark_downloaded(parcel.transport_id)
    assert first.pending("0203:kisa.example") == []
    with pytest.raises(ParcelNotFound):
        again.parcel(parcel.transport_id)
    with pytest.raises(ParcelRefused):
        again.push_failed("0203:kisa.example")


@pytest.mark.parametrize("size", [1000, 5_000_000], ids=["small", "large"])
def test_what_is_handed_out_once_is_kept_sealed_until_it_is_stored(
    pair: Any, habo: DomibusAccessPoint, size: int
) -> None:
    """An access point that ignores markAsDownloaded: the bytes lie on our disk, and a new process goes on there."""
    pair.kisa.faults.hands_out_once = True
    parcel = pair.parcel(os.urandom(size))
    habo.submit(parcel)
    pair.wait_for(habo, parcel.transport_id, "ACKNOWLEDGED")
    first = pair.client(pair.kisa)
    assert first.pending("0203:kisa.example") == [parcel.transport_id]
    assert first.parcel(parcel.transport_id) == parcel
    assert first.status(parcel.transport_id, "RECEIVING") == "DELETED"
    again = DomibusAccessPoint(SoapSettings(url=pair.kisa.url), first._kept)
    pair.clients.append(again)
    assert again.pending("0203:kisa.example") == [parcel.transport_id]
    assert again.pending("0203:habo.example") == []
    assert again.parcel(parcel.transport_id) == parcel
    (file,) = first._kept.folder.iterdir()
    assert parcel.payload[:500] not in file.read_bytes()
    again.mark_downloaded(parcel.transport_id)
    assert first.pending("0203:kisa.example") == []
    assert list(first._kept.folder.iterdir()) == []


def test_a_parcel_that_broke_off_on_its_way_is_asked_for_again_and_missed(pair: Any, habo: DomibusAccessPoint) -> None:
    """It ended in the middle of the answer, and the access point had let go of it: that is told, once."""
    pair.kisa.faults.hands_out_once = True
    parcel = pair.parcel()
    habo.submit(parcel)
    pair.wait_for(habo, parcel.transport_id, "ACKNOWLEDGED")
    first = pair.client(pair.kisa)
    assert first.pending("0203:kisa.example") == [parcel.transport_id]
    pair.kisa.faults.plan("retrieveMessage", CallFault(CallFaultKind.HALF))
    with pytest.raises(Unanswered):
        first.parcel(parcel.transport_id)
    again = DomibusAccessPoint(SoapSettings(url=pair.kisa.url), first._kept)
    pair.clients.append(again)
    assert again.pending("0203:kisa.example") == [parcel.transport_id]
    with pytest.raises(ParcelLost):
        again.parcel(parcel.transport_id)
    assert again.pending("0203:kisa.example") == []
    with pytest.raises(ParcelNotFound) as error:
        again.parcel(parcel.transport_id)
    assert not isinstance(error.value, ParcelLost)


def test_two_workers_that_fetch_the_same_parcel_do_not_lose_it(pair: Any, habo: DomibusAccessPoint) -> None:
    """One gets it, the other hears that it is not there; and it is kept."""
    pair.kisa.faults.hands_out_once = True
    parcel = pair.parcel(os.urandom(300_000))
    habo.submit(parcel)
    pair.wait_for(habo, parcel.transport_id, "ACKNOWLEDGED")
    first = pair.client(pair.kisa)
    second = DomibusAccessPoint(SoapSettings(url=pair.kisa.url), first._kept)
    pair.clients.append(second)
    start = Barrier(2)

    def fetch(client: DomibusAccessPoint) -> str:
        assert client.pending("0203:kisa.example") == [parcel.transport_id]
        start.wait(10)
        try:
            return "whole" if client.parcel(parcel.transport_id) == parcel else "other"
        except ParcelLost:
            return "lost"
        except ParcelNotFound:
            return "not found"

    with ThreadPoolExecutor(2) as pool:
        said = set(pool.map(fetch, (first, second)))
    assert "whole" in said
    assert said <= {"whole", "not found"}
    assert first.parcel(parcel.transport_id) == parcel


KINDS = {
    Kind.LATER: "WS_PLUGIN_0001 WS_PLUGIN:0002 WS_PLUGIN:0006 EBMS_0004 EBMS_0005 EBMS:0202 EBMS_0301 TEAPOT",
    Kind.NEVER: "WS_PLUGIN_0003 WS_PLUGIN:0004 WS_PLUGIN_0005 WS_PLUGIN:0007 WS_PLUGIN_0008 EBMS_0001 EBMS_0065",
    Kind.NOT_FOUND: "WS_PLUGIN:0009 WS_PLUGIN_0009",
    Kind.DUPLICATE: "WS_PLUGIN:00010 WS_PLUGIN_0010",
}


CODES = [(code, kind) for kind, codes in KINDS.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "kind"), CODES)
def test_each_code_means_later_never_or_not_there(code: str, kind: Kind) -> None:
    """However Domibus writes it; what nobody knows is worth another try, which the transport's own limit ends."""
    assert meaning(code)[0] is kind
    error = error_of(code, "words\nof theirs")
    expected = {Kind.LATER: Unanswered, Kind.NOT_FOUND: ParcelNotFound}.get(kind, ParcelRefused)
    assert isinstance(error, expected)
    assert "words of theirs" in str(error)


def test_every_code_of_the_plugin_has_its_own_meaning() -> None:
    """All ten."""
    assert {f"WS_PLUGIN:{number}" for number in range(1, 11)} <= MEANINGS.keys()


@pytest.mark.parametrize("code", ["WS_PLUGIN_0003", "WS_PLUGIN:0007", "EBMS_0010"])
def test_a_lasting_fault_refuses_the_parcel(pair: Any, habo: DomibusAccessPoint, code: str) -> None:
    """The sentence says what it means, and whose code it is."""
    pair.habo.faults.plan("submitMessage", CallFault(CallFaultKind.FAULT, code))
    with pytest.raises(ParcelRefused, match=code):
        habo.submit(pair.parcel())
