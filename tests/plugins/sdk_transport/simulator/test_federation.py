"""The simulated federation: certificates by verified metadata, the address book, the spool."""

import re
import subprocess
import sys
import threading
import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from budkavle_sdk_transport.access_points.interface import Parcel, ParcelNotFound, ParcelRefused
from budkavle_sdk_transport.discovery.certpub import CertPub
from budkavle_sdk_transport.discovery.service_metadata import MetadataRefused, Trust, read_service_metadata
from budkavle_sdk_transport.envelope.signature import sign
from budkavle_sdk_transport.formats.identifiers import (
    CERTPUB_ENCRYPTION,
    CERTPUB_SIGNING,
    DOCUMENT_MESSAGE,
    DOCUMENT_RECEIPT,
)
from budkavle_sdk_transport.keys.certificates import UnknownParticipant
from budkavle_sdk_transport.simulator.address_book import AddressBook, Function, Participant, serve
from budkavle_sdk_transport.simulator.federation import PARTICIPANTS, Federation
from budkavle_sdk_transport.simulator.spool import SpoolAccessPoint

WHO = PARTICIPANTS[0].participant
NOW = datetime.now(UTC)


def parcel(recipient: str = WHO, payload: bytes = b"<xhe/>\nline", **changes: Any) -> Parcel:
    given = {
        "transport_id": f"{uuid.uuid4()}@budkavle.example",
        "sender": PARTICIPANTS[1].participant,
        "recipient": recipient,
        "document": DOCUMENT_MESSAGE,
        "conversation_id": str(uuid.uuid4()),
        "payload": payload,
    }
    return Parcel(**{**given, **changes})


@pytest.mark.feature("SD14")
def test_certificates_come_from_signed_metadata(federation: Federation) -> None:
    """The encryption certificate is under the message's document type, the signing one under the receipt's."""
    own = federation.keys_of(WHO).certificate
    assert federation.certificates.encryption_certificate(WHO) == own
    assert federation.certificates.signing_certificate(WHO) == own
    answer = federation.publisher.answer(WHO, DOCUMENT_MESSAGE)
    read = read_service_metadata(
        answer, participant=WHO, document=DOCUMENT_MESSAGE, trust=federation.publisher.trust, at=NOW
    )
    assert set(read.certificates) == {CERTPUB_ENCRYPTION, CERTPUB_SIGNING}
    assert [endpoint.transport_profile for endpoint in read.endpoints] == ["digg-transport-as4-v1_0"]
    with pytest.raises(UnknownParticipant):
        federation.certificates.signing_certificate("0203:ingen.example")


@pytest.mark.feature("SD14")
@pytest.mark.parametrize(
    "spoil",
    [
        lambda answer, federation: answer.replace(WHO.encode(), b"0203:annan.example"),
        lambda answer, federation: answer.replace(b"certpub:signing-cert", b"certpub:other-cert"),
        lambda answer, federation: answer[:-10],
        lambda answer, federation: sign(unsigned(answer), federation.keys_of(WHO)),
        lambda answer, federation: federation.publisher.answer(PARTICIPANTS[1].participant, DOCUMENT_MESSAGE),
        lambda answer, federation: federation.publisher.answer(WHO, DOCUMENT_RECEIPT),
        lambda answer, federation: unsigned(answer),
    ],
    ids=["other-participant", "other-type", "cut", "other-signer", "answer-of-another", "other-document", "unsigned"],
)
def test_untrusted_metadata_is_refused(federation: Federation, spoil: Any) -> None:
    """Metadata that was changed, signed by another, or answers another question is not believed."""
    answer = spoil(federation.publisher.answer(WHO, DOCUMENT_MESSAGE), federation)
    with pytest.raises(MetadataRefused):
        read_service_metadata(
            answer, participant=WHO, document=DOCUMENT_MESSAGE, trust=federation.publisher.trust, at=NOW
        )


def unsigned(answer: bytes) -> bytes:
    start, end = answer.index(b"<ds:Signature "), answer.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    return answer[:start] + answer[end:]


@pytest.mark.feature("SD14")
def test_metadata_of_another_environment_is_refused(federation: Federation, tmp_path: Path) -> None:
    """Another root, another publisher's name, or another time makes the answer worthless."""
    trust = federation.publisher.trust
    answer = federation.publisher.answer(WHO, DOCUMENT_MESSAGE)
    for other, at in (
        (Trust((federation.keys_of(WHO).certificate,), trust.common_name), NOW),
        (Trust(trust.roots, r"SMP\d{4}-SDK-PROD"), NOW),
        (trust, NOW + timedelta(days=4000)),
    ):
        with pytest.raises(MetadataRefused):
            read_service_metadata(answer, participant=WHO, document=DOCUMENT_MESSAGE, trust=other, at=at)


@pytest.mark.feature("SD14")
@pytest.mark.parametrize(
    ("activation", "expiration"),
    [("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"), ("2999-01-01T00:00:00Z", "2999-02-01T00:00:00Z")],
    ids=["expired", "not-yet"],
)
def test_an_endpoint_out_of_its_time_is_not_used(federation: Federation, activation: str, expiration: str) -> None:
    """A participant whose only endpoint has run out, or has not begun, cannot be reached."""
    plain = unsigned(federation.publisher.answer(WHO, DOCUMENT_MESSAGE)).decode()
    for name, time in (("Activation", activation), ("Expiration", expiration)):
        plain = re.sub(f"(<Service{name}Date>)[^<]*", rf"\g<1>{time}", plain)
    answer = sign(plain.encode(), federation.publisher.pair)
    with pytest.raises(UnknownParticipant, match="no active endpoint"):
        read_service_metadata(
            answer, participant=WHO, document=DOCUMENT_MESSAGE, trust=federation.publisher.trust, at=NOW
        )


@pytest.mark.feature("SD14")
def test_answers_are_kept_and_their_age_is_known(federation: Federation) -> None:
    """The publisher is asked once an hour per participant and document type, or after `forget`."""
    asked: list[str] = []
    moment = [NOW]

    def fetch(participant: str, document: str) -> bytes:
        asked.append(document)
        return federation.publisher.answer(participant, document)

    source = CertPub(fetch, federation.publisher.trust, clock=lambda: moment[0])
    for _ in range(3):
        source.encryption_certificate(WHO)
    assert (asked, source.fetched_at(WHO)) == ([DOCUMENT_MESSAGE], NOW)
    moment[0] += timedelta(hours=2)
    source.encryption_certificate(WHO)
    assert len(asked) == 2
    source.forget(WHO)
    assert source.fetched_at(WHO) is None


def test_federation_is_found_again(federation: Federation) -> None:
    """The same folder gives the same keys."""
    again = Federation.at(federation.folder)
    assert again.keys_of(WHO).certificate == federation.keys_of(WHO).certificate
    assert federation.certificates.encryption_certificate(WHO) == again.certificates.encryption_certificate(WHO)


@pytest.mark.feature("AB1")
def test_address_book_is_paged_json_api(federation: Federation) -> None:
    """Following `links.next` gives every address once, each with its organisation."""
    functions = tuple(Function(f"f{number}", f"Funktion {number}", keywords=("Ord",)) for number in range(123))
    book = AddressBook([Participant("0203:a.example", "A", "1", functions=functions)], {"Sökord": {"o": "Ord"}})
    with serve(book) as base:
        found, url = [], f"{base}/addresses"
        while url:
            answer = httpx.get(url)
            assert answer.headers["Content-Type"] == "application/vnd.api+json"
            document = answer.json()
            found += document["data"]
            url = document["links"].get("next")
        organisation = httpx.get(f"{base}/organizations").json()["data"][0]
        codes = httpx.get(f"{base}/codesystems").json()["data"][0]["attributes"]
        assert httpx.get(f"{base}/other").status_code == 404
        assert httpx.get(f"{base}/addresses?page[number]=x").status_code == 400
    assert [address["attributes"]["identifier"] for address in found] == [f.identifier for f in functions]
    assert {address["relationships"]["parent"]["data"]["id"] for address in found} == {organisation["id"]}
    assert organisation["attributes"]["participantIdentifier"] == "0203:a.example"
    assert codes == {"name": "Sökord", "codes": [{"code": "o", "displayName": "Ord"}]}


@pytest.fixture
def spool(tmp_path: Path) -> SpoolAccessPoint:
    spool = SpoolAccessPoint(tmp_path / "spool")
    spool.register(WHO)
    return spool


@pytest.mark.feature("SD6")
def test_a_parcels_way(spool: SpoolAccessPoint) -> None:
    """Submitted, offered until it is marked, and then no more; the states are Domibus's."""
    first, second = parcel(), parcel(payload=bytes(range(256)))
    assert spool.submit(first).state == "SEND_ENQUEUED"
    spool.submit(second)
    assert spool.pending(WHO) == [first.transport_id, second.transport_id]
    assert spool.parcel(first.transport_id) == first
    assert spool.retrieve(second.transport_id) == second.payload
    assert spool.status(first.transport_id) == "ACKNOWLEDGED"
    assert spool.status(first.transport_id, "RECEIVING") == "RECEIVED"
    spool.mark_downloaded(first.transport_id)
    spool.mark_downloaded(first.transport_id)
    assert spool.status(first.transport_id, "RECEIVING") == "DOWNLOADED"
    assert spool.pending(WHO) == [second.transport_id]
    with pytest.raises(ParcelNotFound):
        spool.retrieve(first.transport_id)


@pytest.mark.feature("SD6")
def test_a_second_parcel_of_the_same_id_is_refused(spool: SpoolAccessPoint) -> None:
    """As Domibus does: also after the first was downloaded."""
    one = parcel()
    spool.submit(one)
    with pytest.raises(ParcelRefused):
        spool.submit(one)
    spool.mark_downloaded(one.transport_id)
    with pytest.raises(ParcelRefused):
        spool.submit(one)
    assert spool.pending(WHO) == []


@pytest.mark.feature("SD6")
def test_unknown_recipients_and_ids(spool: SpoolAccessPoint) -> None:
    """A recipient that is not registered is a send failure; an unknown id is NOT_FOUND; a path is no id."""
    lost = parcel(recipient="0203:ingen.example")
    spool.submit(lost)
    assert spool.status(lost.transport_id) == "SEND_FAILURE"
    assert spool.pending("0203:ingen.example") == []
    assert spool.status("other") == spool.status("../pending") == "NOT_FOUND"
    with pytest.raises(ParcelNotFound):
        spool.mark_downloaded("other")
    for bad in ("../x", "a/b", "", "*", "."):
        with pytest.raises(ParcelRefused):
            spool.submit(parcel(transport_id=bad))


def test_only_one_of_many_submits_the_same_id(spool: SpoolAccessPoint) -> None:
    """Of many threads with the same id exactly one succeeds, and nothing is left aside."""
    one, taken = parcel(), []

    def submit() -> None:
        with suppress(ParcelRefused):
            taken.append(spool.submit(one))

    threads = [threading.Thread(target=submit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1
    assert list((spool.folder / "aside").iterdir()) == []


SUBMIT_MANY = """
import sys
from pathlib import Path
from budkavle_sdk_transport.access_points.interface import Parcel
from budkavle_sdk_transport.simulator.spool import SpoolAccessPoint
for number in range(20):
    parcel = Parcel(f"{sys.argv[2]}-{number}", "0203:a.example", sys.argv[3], "document", "conversation", b"payload")
    SpoolAccessPoint(Path(sys.argv[1])).submit(parcel)
"""


def test_processes_share_a_spool(spool: SpoolAccessPoint) -> None:
    """What other processes submit at the same time is offered here, all of it."""
    command = [sys.executable, "-c", SUBMIT_MANY, str(spool.folder)]
    workers = [subprocess.Popen([*command, name, WHO]) for name in ("one", "two")]
    assert [worker.wait(30) for worker in workers] == [0, 0]
    assert len(set(spool.pending(WHO))) == 40
