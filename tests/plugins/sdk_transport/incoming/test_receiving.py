"""What comes in from an organisation outside: accepted, refused with a receipt, or refused in silence."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from budkavle import Platform
from budkavle_addressbook import links
from budkavle_sdk_transport.envelope.signature import sign
from budkavle_sdk_transport.envelope.xhe import build_envelope, payload_of, read_envelope
from budkavle_sdk_transport.formats.identifiers import FEDERATION_TEST
from budkavle_sdk_transport.message.sdk_message import Identifier, build_message
from budkavle_sdk_transport.network import Network
from budkavle_sdk_transport.receipts.message_receipt import MessageReceipt, read_receipt
from budkavle_sdk_transport.simulator.ca import Validity
from budkavle_sdk_transport.simulator.federation import PARTICIPANTS, Federation

STRANGER = PARTICIPANTS[2].participant


def answers(peer: Any) -> list[MessageReceipt]:
    return [read_receipt(payload_of(etree.fromstring(one))) for one in peer.pending_receipts()]


def reasons(peer: Any) -> list[tuple[str, str]]:
    return [(str(one.cause), str(one.detail)) for answer in answers(peer) for one in answer.reasons]


def nothing_is_stored(region: Any) -> bool:
    return not region.organisation.rows(
        "SELECT 1 FROM messages UNION ALL SELECT 1 FROM attachments UNION ALL SELECT 1 FROM cases"
    )


@pytest.mark.feature("SD3", "SD4", "SD5")
def test_a_good_message_is_accepted(region: Any, peer: Any, sdk_worker: Any) -> None:
    """It is stored, and its sender gets a receipt that names it."""
    message = peer.message()
    peer.submit(peer.seal(message))
    sdk_worker.settle()
    assert [one.subject for one in region.messages()] == ["Begäran"]
    (answer,) = answers(peer)
    assert (answer.accepted, answer.message_id, answer.sender) == (
        True,
        message.message_id,
        "0203:regionvattern.example",
    )


def test_what_a_parcel_brings_is_read_and_stored_in_one_transaction(
    peer: Any, sdk_worker: Any, transactions: list[list[bytes]]
) -> None:
    """Also the checks, which read the plugin's own tables, the address book's and the core's."""
    peer.submit(peer.seal(peer.message()))
    sdk_worker.settle()
    (accepted,) = (one for one in transactions if any(b"INSERT INTO messages" in sql for sql in one))
    for statement in (b"addressbook_mailbox", b"FROM sdk_arrivals", b"addressbook_functions", b"INTO sdk_arrivals"):
        assert [one for one in transactions if any(statement in sql for sql in one)] == [accepted], statement


@pytest.mark.feature("SD3", "SD4")
def test_what_the_senders_system_says_of_itself_may_be_of_any_length(region: Any, peer: Any, sdk_worker: Any) -> None:
    """The specification sets no limit: the message is accepted, and its beginning is stored beside it."""
    long = "å" * 5000
    peer.submit(
        peer.seal(peer.message(document_id=long, document_name=long, generating_system=Identifier(long, "Ärende")))
    )
    sdk_worker.settle()
    assert [one.accepted for one in answers(peer)] == [True]
    (message,) = region.messages()
    shortened = "å" * 999 + "…"
    assert message.labels == {
        "generatingSystem.root": shortened,
        "generatingSystem.extension": "Ärende",
        "documentId": shortened,
        "documentName": shortened,
    }


@pytest.mark.feature("SD5")
def test_a_receipts_conversation_is_the_id_of_its_envelope(
    region: Any, peer: Any, sdk_worker: Any, parts: Network
) -> None:
    """It has no ConversationId of its own; Transportprofil AS4 2.7 a says the envelope's id."""
    peer.submit(peer.seal(peer.message()))
    sdk_worker.settle()
    (parcel,) = map(parts.access_point.parcel, parts.access_point.pending(STRANGER))
    assert parcel.conversation_id == read_envelope(etree.fromstring(parcel.payload)).id


@pytest.mark.feature("SD4")
def test_an_unknown_function_is_rejected(region: Any, peer: Any, sdk_worker: Any) -> None:
    """BV not-found, and a line that the administrator understands."""
    message = peer.message()
    lost = replace(message, recipient=replace(message.recipient, function="SE2321009002-9999"))
    peer.submit(peer.seal(lost))
    sdk_worker.settle()
    assert reasons(peer) == [("BV", "not-found")]
    assert nothing_is_stored(region)
    (event,) = region.organisation.log_entries("message.refused")
    assert "ingen brevlåda här har funktionsadressen" in event
    assert "Avsändaren får besked." in event


@pytest.mark.feature("SD4")
def test_the_same_message_in_another_parcel_is_a_duplicate(region: Any, peer: Any, sdk_worker: Any) -> None:
    """The second is rejected, also with its id in capitals; one message is stored."""
    message = peer.message()
    peer.submit(peer.seal(message))
    sdk_worker.settle()
    peer.submit(peer.seal(message))
    loud = replace(message, message_id=message.message_id.upper())
    peer.submit(peer.seal(loud))
    sdk_worker.settle()
    assert reasons(peer) == [("BV", "duplicate")] * 2
    assert len(region.messages()) == 1


@pytest.mark.feature("SD4", "SD7")
def test_the_same_bytes_sent_again_and_again_are_answered_each_time(region: Any, peer: Any, sdk_worker: Any) -> None:
    """A resend is byte-identical, and whoever sends once more waits for an answer to it."""
    xhe = peer.seal(peer.message())
    for _ in range(3):
        peer.submit(xhe)
        sdk_worker.settle()
    assert sorted(one.accepted for one in answers(peer)) == [False, False, True]
    assert len(region.messages()) == 1


@pytest.mark.feature("SD4")
def test_the_same_parcel_again_is_met_with_silence(
    region: Any, peer: Any, sdk_worker: Any, parts: Network, live_federation: Federation
) -> None:
    """An access point that offers what we have taken gets it marked, and nobody is told twice."""
    parcel = peer.submit(peer.seal(peer.message()))
    sdk_worker.settle()
    spool = live_federation.folder / "spool"
    (taken,) = spool.glob(f"downloaded/*/{parcel}")
    taken.rename(spool / "pending" / taken.parent.name / parcel)
    sdk_worker.settle()
    assert len(answers(peer)) == 1
    assert len(region.messages()) == 1
    assert parts.access_point.pending("0203:regionvattern.example") == []


@pytest.mark.feature("SD9")
def test_an_unknown_reference_is_accepted(region: Any, peer: Any, sdk_worker: Any) -> None:
    """RefToMessageId may name what we have never seen."""
    peer.submit(peer.seal(peer.message(ref_to_message_id=str(uuid.uuid4()))))
    sdk_worker.settle()
    assert [one.accepted for one in answers(peer)] == [True]
    assert len(region.messages()) == 1


@pytest.mark.feature("SD4", "SD9")
def test_an_answer_to_what_we_have_marked_as_failed_is_rejected(
    region: Any, peer: Any, sdk_worker: Any, stranger: Any
) -> None:
    """BV not-supported, since there is nothing to answer any more."""
    region.send(stranger)
    sdk_worker.deliver()
    failed = region.delivery().id
    region.organisation.rows("UPDATE deliveries SET state = 'SEND_FAILURE' WHERE id = :id RETURNING 1", id=failed)
    peer.submit(peer.seal(peer.message(ref_to_message_id=str(failed).upper())))
    sdk_worker.settle()
    assert reasons(peer)[-1] == ("BV", "not-supported")
    assert region.messages() == []


@pytest.mark.feature("SD3", "SD4")
def test_an_unencrypted_message_is_rejected(
    region: Any, peer: Any, sdk_worker: Any, live_federation: Federation
) -> None:
    """SIG security; what stood in it is not stored."""
    message = peer.message()
    bare = _envelope_around(message, encrypted=False)
    peer.submit(sign(bare, live_federation.keys_of(message.sender.organisation)))
    sdk_worker.settle()
    assert reasons(peer) == [("SIG", "security")]
    assert nothing_is_stored(region)


@pytest.mark.feature("SD3", "SD4", "SD18")
def test_a_wrong_signature_is_rejected(region: Any, peer: Any, sdk_worker: Any, live_federation: Federation) -> None:
    """Signed with keys that the sender has not published: SIG security."""
    other = live_federation.authority.issue("trygghet.example", "Någon annan")
    peer.submit(peer.seal(peer.message(), signer=other))
    sdk_worker.settle()
    assert reasons(peer) == [("SIG", "security")]
    assert "går inte att lita på" in region.organisation.log_entries("message.refused")[0]
    assert nothing_is_stored(region)


@pytest.mark.feature("SD18")
def test_a_sender_that_has_just_changed_keys_is_believed(
    region: Any, peer: Any, sdk_worker: Any, live_federation: Federation
) -> None:
    """A kept certificate that does not fit is asked for afresh before anybody is refused."""
    peer.submit(peer.seal(peer.message()))
    sdk_worker.settle()
    new = live_federation.authority.issue("trygghet.example", "Trygghetsmyndigheten")
    peer.publish(new.certificate)
    peer.submit(peer.seal(peer.message(), signer=new))
    sdk_worker.settle()
    assert [one.accepted for one in answers(peer)] == [True, True]
    assert len(region.messages()) == 2


@pytest.mark.feature("SD3", "SD4")
def test_a_message_that_says_another_sender_than_the_access_point_is_rejected(
    region: Any, peer: Any, sdk_worker: Any
) -> None:
    """BV security: envelope and originalSender must be the same."""
    peer.submit(peer.seal(peer.message()), sender="0203:bjorkvik.example")
    sdk_worker.settle()
    assert reasons(peer) == [("BV", "security")]
    assert nothing_is_stored(region)


@pytest.mark.feature("SD3", "SD4")
def test_a_certificate_with_an_unheard_of_key_is_not_believed(
    peer: Any, sdk_worker: Any, live_federation: Federation
) -> None:
    """SIG security, at once: its parcel is not tried again for ever."""
    der = live_federation.keys_of("0203:trygghet.example").certificate.public_bytes(Encoding.DER)
    rsa, other = bytes.fromhex("06092a864886f70d010101"), bytes.fromhex("06092a864886f70d010163")
    peer.publish(x509.load_der_x509_certificate(der.replace(rsa, other)))
    peer.submit(peer.seal(peer.message()))
    sdk_worker.settle()
    assert reasons(peer) == [("SIG", "security")]


@pytest.mark.feature("SD4")
def test_an_expired_certificate_is_not_believed(peer: Any, sdk_worker: Any, live_federation: Federation) -> None:
    """The sender's certificate has run out: SIG security."""
    ago = datetime.now(UTC) - timedelta(days=2)
    old = live_federation.authority.issue("trygghet.example", "Gammal", valid=Validity(ago, ago + timedelta(days=1)))
    peer.publish(old.certificate)
    peer.submit(peer.seal(peer.message(), signer=old))
    sdk_worker.settle()
    assert reasons(peer) == [("SIG", "security")]


@pytest.mark.feature("SD4")
def test_what_is_no_envelope_gets_an_event_and_no_receipt(region: Any, peer: Any, sdk_worker: Any) -> None:
    """A line that an administrator understands; nothing is stored half, and nobody is answered."""
    payloads = [
        (b"", "börjar inte"),
        (b"<a", "XML"),
        (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e 'x'>]><x>&e;</x>", "DOCTYPE"),
        ("<x>å</x>".encode("utf-16"), "UTF-8"),
        (b"<x>" * 300 + b"</x>" * 300, "nivåer"),
        (b"<x/>", "kuverteringsprofilen"),
        (b"PK\x03\x04" + bytes(100), "element"),
    ]
    told: list[str] = []
    for payload, word in payloads:
        peer.submit(payload)
        sdk_worker.settle()
        events = region.organisation.log_entries("message.refused")
        (event,) = [one for one in events if one not in told]
        assert word in event
        assert "Ingen kvittens skickas." in event
        told.append(event)
    assert peer.pending_receipts() == []
    assert nothing_is_stored(region)


@pytest.mark.feature("SD4", "SD5")
def test_a_receipt_that_says_that_it_is_a_message_is_not_receipted(
    municipality: Any, peer: Any, sdk_worker: Any
) -> None:
    """A receipt is never receipted, whatever the access point calls it."""
    peer.submit(peer.receipt(str(uuid.uuid4())), recipient="0203:bjorkvik.example")
    sdk_worker.settle()
    assert peer.pending_receipts() == []
    assert "kvittens kvitteras aldrig" in municipality.organisation.log_entries("message.refused")[0]


@pytest.mark.feature("SD3")
def test_a_sender_that_nobody_knows_is_met_with_silence(region: Any, peer: Any, sdk_worker: Any) -> None:
    """No certificate is published: a receipt could not arrive."""
    peer.withdraw()
    peer.submit(peer.seal(peer.message()))
    sdk_worker.settle()
    assert "inget publicerat certifikat" in region.organisation.log_entries("message.refused")[0]
    assert nothing_is_stored(region)


@pytest.mark.feature("SD3", "SD14")
def test_a_sender_that_has_just_been_published_is_believed(
    region: Any, peer: Any, sdk_worker: Any, live_federation: Federation
) -> None:
    """That nobody knew it a moment ago is asked for afresh before its message is thrown away."""
    peer.withdraw()
    peer.submit(peer.seal(peer.message()))
    sdk_worker.settle()
    peer.publish(live_federation.keys_of("0203:trygghet.example").certificate)
    peer.submit(peer.seal(peer.message()))
    sdk_worker.settle()
    assert [one.accepted for one in answers(peer)] == [True]
    assert len(region.messages()) == 1


@pytest.mark.feature("PL5")
def test_a_parcel_that_cannot_be_dealt_with_does_not_stop_the_others(
    platform: Platform, region: Any, peer: Any, sdk_worker: Any, parts: Network, live_federation: Federation
) -> None:
    """It stays at the access point, an administrator is told once, and what comes after it arrives."""
    links.unlink(platform.plugins.host("addressbook"), region.organisation.system, region.mailboxes[0].id)
    spool = live_federation.folder / "spool" / "pending" / "0203%3Aregionvattern.example"
    (spool / "poison").write_bytes(b'{"nonsense": 1}\n<x/>')
    message = peer.message()
    second = region.full_address(1)
    peer.submit(peer.seal(replace(message, recipient=replace(message.recipient, function=second.value))))
    sdk_worker.settle()
    sdk_worker.settle()
    assert len(region.messages(1)) == 1
    assert parts.access_point.pending("0203:regionvattern.example") == ["poison"]
    (event,) = region.organisation.log_entries("parcel.postponed")
    assert "ligger kvar" in event


@pytest.mark.feature("SD3")
def test_certificates_that_cannot_be_asked_for_put_one_sender_off(
    municipality: Any, region: Any, peer: Any, sdk_worker: Any, parts: Network
) -> None:
    """The publisher's answer about one sender is broken: its parcel waits, the others' arrive."""
    peer.submit(peer.seal(peer.message()))
    peer.break_certificates()
    municipality.send(region.address())
    sdk_worker.settle()
    assert municipality.states() == ["ACKNOWLEDGED"]
    assert len(region.messages()) == 1
    assert "certifikat går inte att hämta" in region.organisation.log_entries("parcel.postponed")[0]
    assert len(parts.access_point.pending("0203:regionvattern.example")) == 1


@pytest.mark.feature("SD18")
def test_old_keys_still_open_and_new_ones_sign(
    region: Any, peer: Any, sdk_worker: Any, parts: Network, live_federation: Federation
) -> None:
    """After the recipient's change of keys a message to the old key arrives, and its receipt bears the new one."""
    new = live_federation.authority.issue("regionvattern.example", "Region Vättern")
    parts.memberships.add(region.organisation.id, "0203:regionvattern.example", new)
    peer.submit(peer.seal(peer.message()))
    sdk_worker.settle()
    assert len(region.messages()) == 1
    from budkavle_sdk_transport.keys.key_pair import base64_of

    assert base64_of(new.certificate) in peer.pending_receipts()[0]


def _envelope_around(message: Any, *, encrypted: bool) -> bytes:
    from budkavle_sdk_transport.envelope.xhe import Envelope
    from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE

    envelope = Envelope(
        id=message.message_id,
        created_at=message.created_at,
        sender=message.sender.organisation,
        recipient=message.recipient.organisation,
        document=DOCUMENT_MESSAGE,
        handling_service_id=message.recipient.function,
        encrypted=encrypted,
        federation=FEDERATION_TEST,
    )
    return build_envelope(envelope, build_message(message))


def test_two_workers_fetch_each_their_share(
    region: Any, peer: Any, sdk_worker: Any, parts: Network, live_federation: Federation
) -> None:
    """What one takes the other leaves, and nothing is left between them."""
    receiver, parcels = parts.receiver, {peer.submit(peer.seal(peer.message())) for _ in range(8)}
    mine = {one for one in parcels if crc32(one.encode()) % 2}
    assert receiver.fetch(1, 2) == len(mine)
    assert set(live_federation.access_point.pending("0203:regionvattern.example")) == parcels - mine
    assert receiver.fetch(0, 2) == len(parcels - mine)
    sdk_worker.settle()
    assert len(region.messages()) == len(parcels)
