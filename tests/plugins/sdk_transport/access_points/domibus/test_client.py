"""Parcels go from one access point to the other, by both interfaces of Domibus."""

import os
import ssl
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from budkavle import DeliveryState, Misconfigured
from budkavle.storage.vault import FileKeys, Vault
from budkavle_sdk_transport.access_points.domibus.client import DomibusAccessPoint
from budkavle_sdk_transport.access_points.domibus.multipart import Body
from budkavle_sdk_transport.access_points.domibus.parcel_store import ParcelStore
from budkavle_sdk_transport.access_points.domibus.streaming import Unreadable
from budkavle_sdk_transport.access_points.interface import AccessPointUnavailable, ParcelNotFound, ParcelRefused
from budkavle_sdk_transport.access_points.message_status import DELIVERY_STATES
from budkavle_sdk_transport.settings import SoapSettings
from budkavle_sdk_transport.simulator.domibus_stub import wsdl
from budkavle_sdk_transport.simulator.domibus_stub.faults import CallFault, CallFaultKind
from budkavle_sdk_transport.simulator.domibus_stub.server import Stub, running
from budkavle_sdk_transport.simulator.domibus_stub.wsdl import STATUSES

WAYS = [(interface, mtom) for interface in ("wsplugin", "backend") for mtom in ("always", "never")]


@pytest.mark.feature("SD15")
@pytest.mark.parametrize(("interface", "mtom"), WAYS)
@pytest.mark.parametrize("beside", [True, False])
def test_a_parcel_comes_whole_from_one_access_point_to_the_other(
    pair: Any, interface: str, mtom: str, beside: bool
) -> None:
    """Both interfaces, with and without MTOM each way: the same bytes, and what the header says of them."""
    object.__setattr__(pair.kisa.desk, "mtom", beside)
    sender, receiver = (
        pair.client(pair.habo, interface=interface, mtom=mtom),
        pair.client(pair.kisa, interface=interface),
    )
    parcel = pair.parcel(b"<xhe>\r\n--budkavle-" + os.urandom(200_001))
    assert sender.submit(parcel).transport_id == parcel.transport_id
    assert pair.wait_for(sender, parcel.transport_id, "ACKNOWLEDGED")
    assert receiver.pending("0203:kisa.example") == [parcel.transport_id]
    assert receiver.pending("0203:habo.example") == []
    assert receiver.parcel(parcel.transport_id) == parcel
    assert receiver.retrieve(parcel.transport_id) == parcel.payload, "it goes on waiting until it is marked"
    receiver.mark_downloaded(parcel.transport_id)
    assert receiver.pending("0203:kisa.example") == []


def test_one_access_point_can_send_to_itself(pair: Any, habo: DomibusAccessPoint) -> None:
    """The role tells the two halves of a message apart that it has both sent and received."""
    parcel = pair.parcel(recipient="0203:habo.example")
    habo.submit(parcel)
    pair.wait_for(habo, parcel.transport_id, "ACKNOWLEDGED")
    assert habo.status(parcel.transport_id, "RECEIVING") == "RECEIVED"
    habo.mark_downloaded(parcel.transport_id)
    assert habo.status(parcel.transport_id, "RECEIVING") == "DELETED", "the usual P-mode deletes with this"
    assert habo.status(parcel.transport_id) == "ACKNOWLEDGED"


def test_what_cannot_be_delivered_tells_why(pair: Any, habo: DomibusAccessPoint) -> None:
    """No access point serves the participant; another does not answer, and is tried until the tries are used up."""
    nobody, away = pair.parcel(recipient="0203:nobody.example"), pair.parcel()
    pair.kisa.faults.unreachable = True
    for parcel in (nobody, away):
        habo.submit(parcel)
        pair.wait_for(habo, parcel.transport_id, "SEND_FAILURE")
    assert habo.errors(nobody.transport_id)[0].startswith("EBMS_0003")
    assert [one[:9] for one in habo.errors(away.transport_id)] == ["EBMS_0005"] * 3


def test_whether_it_leaves_what_is_fetched_stands_in_its_wsdl(
    pair: Any, kisa: DomibusAccessPoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the attribute is not there, it is not sent either, and the access point is taken at its word."""
    assert kisa.leaves
    monkeypatch.setattr(wsdl, "_MARK", "")
    older = pair.client(pair.kisa)
    assert not older.leaves
    pair.kisa.message_store.add(pair.parcel(transport_id="once"), "RECEIVING", "RECEIVED", "AP0001")
    assert older.pending("0203:kisa.example") == ["once"]
    older.parcel("once")
    assert older.status("once", "RECEIVING") == "DELETED"
    assert older.pending("0203:kisa.example") == ["once"]
    assert not pair.client(pair.kisa, interface="backend").leaves


def test_an_access_point_that_refuses_mtom_gets_base64(pair: Any) -> None:
    """Once refused, it is not tried again; where the settings insist, the parcel is refused with the reason."""
    pair.habo.faults.refuses_mtom = True
    client = pair.client(pair.habo)
    for _ in range(2):
        parcel = pair.parcel(os.urandom(70_000))
        client.submit(parcel)
        assert pair.wait_for(client, parcel.transport_id, "ACKNOWLEDGED")
    assert not client._payloads._mtom
    with pytest.raises(ParcelRefused, match="MTOM"):
        pair.client(pair.habo, mtom="always").submit(pair.parcel())


def test_an_answer_without_payload_may_come_as_a_part(
    pair: Any, habo: DomibusAccessPoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where MTOM has been switched on at the access point: lists, words and faults in parts of one."""

    def in_a_part(envelope: etree._Element) -> Body:
        head = b"--b\r\nContent-Type: application/xop+xml\r\nContent-ID: <root>\r\n\r\n"
        data = head + etree.tostring(envelope) + b"\r\n--b--\r\n"
        return Body('multipart/related; type="application/xop+xml"; start="<root>"; boundary=b', len(data), [data])

    monkeypatch.setattr("budkavle_sdk_transport.simulator.domibus_stub.operations.write_envelope", in_a_part)
    parcel = pair.parcel(recipient="0203:habo.example")
    habo.submit(parcel)
    pair.wait_for(habo, parcel.transport_id, "ACKNOWLEDGED")
    assert habo.pending("0203:habo.example") == [parcel.transport_id]
    habo.mark_downloaded(parcel.transport_id)
    with pytest.raises(ParcelNotFound):
        habo._control.call("markMessageAsDownloaded", messageID=parcel.transport_id)


def test_silence_is_not_waited_for_longer_than_the_settings_say(pair: Any, habo: DomibusAccessPoint) -> None:
    """The access point answers later than our patience; the parcel has been taken all the same, and is found."""
    hasty = pair.client(pair.habo, timeout_seconds=0.2)
    pair.habo.faults.plan("submitMessage", CallFault(CallFaultKind.LATE, seconds=0.6))
    parcel = pair.parcel()
    with pytest.raises(AccessPointUnavailable):
        hasty.submit(parcel)
    pair.wait_for(habo, parcel.transport_id, "ACKNOWLEDGED")
    pair.habo.faults.plan("listPendingMessages", CallFault(CallFaultKind.LATE, seconds=0.6))
    with pytest.raises(AccessPointUnavailable):
        hasty.pending("0203:habo.example")


def test_newest_first_and_twice_change_nothing_but_the_order(
    pair: Any, habo: DomibusAccessPoint, kisa: DomibusAccessPoint
) -> None:
    """A stub can be asked to list backwards and to deliver each message under two ids."""
    pair.kisa.faults.shuffled = pair.kisa.faults.twice = True
    parcel = pair.parcel()
    habo.submit(parcel)
    pair.wait_for(habo, parcel.transport_id, "ACKNOWLEDGED")
    pending = kisa.pending("0203:kisa.example")
    assert pending == [f"{parcel.transport_id}-again", parcel.transport_id]
    assert [kisa.retrieve(one) for one in pending] == [parcel.payload] * 2
    for one in pending:
        kisa.mark_downloaded(one)


@pytest.mark.feature("SD16")
def test_a_stub_may_be_unreliable(pair: Any, habo: DomibusAccessPoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call goes wrong, or as many as are asked for."""
    monkeypatch.setattr("budkavle_sdk_transport.simulator.domibus_stub.faults._ANY", (CallFault(CallFaultKind.HTML),))
    assert habo.pending("0203:habo.example") == []
    pair.habo.faults.chance = 1.0
    with pytest.raises(AccessPointUnavailable):
        habo.pending("0203:habo.example")
    pair.habo.faults.chance = 0.0
    assert habo.pending("0203:habo.example") == []


def test_all_sixteen_words_come_through(pair: Any, habo: DomibusAccessPoint) -> None:
    """Each is given as the access point says it, and the core knows what it means for a delivery."""
    parcel = pair.parcel(recipient="0203:nobody.example")
    habo.submit(parcel)
    pair.wait_for(habo, parcel.transport_id, "SEND_FAILURE")
    for word in STATUSES:
        pair.habo.message_store.set_status(parcel.transport_id, "SENDING", word, due=1e12)
        assert habo.status(parcel.transport_id) == word
        assert isinstance(DELIVERY_STATES[word], DeliveryState)


def test_a_password_is_asked_for_and_never_told(pair: Any) -> None:
    """Basic: without it nothing is let in, and what is said of that holds no password."""
    pair.habo.users["habo"] = "hemligt"
    parcel = pair.parcel()
    pair.client(pair.habo, user="habo", password="hemligt").submit(parcel)
    for wrong in ({}, {"user": "habo", "password": "gissat"}):
        with pytest.raises(AccessPointUnavailable) as told:
            pair.client(pair.habo, **wrong).submit(parcel)
        assert "gissat" not in str(told.value) + repr(told.value.__cause__)


@pytest.mark.parametrize("problem", ["", "no ca", "stranger", "nobody"])
def test_mutual_tls(pair: Any, certificates: Path, tmp_path: Path, problem: str) -> None:
    """Each end shows a certificate that the other trusts, or nothing is said."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem")
    context.load_verify_locations(certificates / "ours.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    facts: dict[str, Any] = {"ca": certificates / "ours.pem", "certificate": certificates / "client.pem"}
    if problem == "no ca":
        facts["ca"] = certificates / "theirs.pem"
    elif problem:
        facts["certificate"] = None if problem == "nobody" else certificates / "stranger.pem"
    with running(Stub(tmp_path / "tls", "AP0003-OPEN-TEST", tls=context)) as stub:
        client = pair.client(stub, **facts)
        if problem:
            with pytest.raises(AccessPointUnavailable):
                client.status("any")
        else:
            assert client.status("any") == "NOT_FOUND"


@pytest.mark.parametrize("more", [{"url": ""}, {"url": "ftp://x"}, {"url": "https://x", "ca": Path("/not/there")}])
def test_settings_that_cannot_be_used_are_said_at_once(tmp_path: Path, more: dict[str, Any]) -> None:
    """Before anything is sent, and in words."""
    with pytest.raises(Misconfigured, match="soap"):
        DomibusAccessPoint(SoapSettings(**more), ParcelStore(tmp_path, Vault(FileKeys.make(tmp_path / "key"))))


def test_a_message_without_our_header_is_no_parcel(pair: Any, habo: DomibusAccessPoint) -> None:
    """What is retrieved must say who sent it and to whom."""
    with pytest.raises(ParcelNotFound):
        habo.parcel("unknown")
    parcel = pair.parcel(recipient="0203:habo.example")
    pair.habo.message_store.add(parcel, "RECEIVING", "RECEIVED", "AP")
    pair.habo.message_store._do("UPDATE messages SET sender = '' WHERE id = ?", (parcel.transport_id,))
    with pytest.raises(Unreadable, match="originalSender"):
        habo.parcel(parcel.transport_id)
