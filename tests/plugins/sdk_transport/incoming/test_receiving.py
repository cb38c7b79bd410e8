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

from budkavle_addressbook import links
from budkavle_sdk_transport.envelope.signature import sign
from budkavle_sdk_transport.envelope.xhe import build_envelope, payload_of
from budkavle_sdk_transport.formats.identifiers import FEDERATION_TEST
from budkavle_sdk_transport.message.sdk_message import build_message
from budkavle_sdk_transport.receipts.message_receipt import MessageReceipt, read_receipt
from budkavle_sdk_transport.simulator.ca import Validity


def answers(town: Any) -> list[MessageReceipt]:
    return [read_receipt(payload_of(etree.fromstring(one))) for one in town.receipts_for_the_stranger()]


def reasons(town: Any) -> list[tuple[str, str]]:
    return [(str(one.cause), str(one.detail)) for answer in answers(town) for one in answer.reasons]


def nothing_is_stored(town: Any) -> bool:
    return not town.b.rows("SELECT 1 FROM messages UNION ALL SELECT 1 FROM attachments UNION ALL SELECT 1 FROM cases")


@pytest.mark.feature("SD3", "SD4", "SD5")
def test_a_good_message_is_accepted(town: Any) -> None:
    """It is stored, and its sender gets a receipt that names it."""
    message = town.message()
    town.submit(town.seal(message))
    town.settle()
    assert [one.subject for one in town.b.messages()] == ["Begäran"]
    (answer,) = answers(town)
    assert (answer.accepted, answer.message_id, answer.sender) == (
        True,
        message.message_id,
        "0203:regionvattern.example",
    )


def test_what_a_parcel_brings_is_read_and_stored_in_one_transaction(town: Any, transactions: list[list[bytes]]) -> None:
    """Also the checks, which read the plugin's own tables, the address book's and the core's."""
    town.submit(town.seal(town.message()))
    town.settle()
    (accepted,) = (one for one in transactions if any(b"INSERT INTO messages" in sql for sql in one))
    for statement in (b"addressbook_mailbox", b"FROM sdk_arrivals", b"addressbook_functions", b"INTO sdk_arrivals"):
        assert [one for one in transactions if any(statement in sql for sql in one)] == [accepted], statement


@pytest.mark.feature("SD4")
def test_an_unknown_function_is_rejected(town: Any) -> None:
    """BV not-found, and a line that the administrator understands."""
    message = town.message()
    lost = replace(message, recipient=replace(message.recipient, function="SE2321009002-9999"))
    town.submit(town.seal(lost))
    town.settle()
    assert reasons(town) == [("BV", "not-found")]
    assert nothing_is_stored(town)
    (event,) = town.b.events("message.refused")
    assert "ingen brevlåda här har funktionsadressen" in event
    assert "Avsändaren får besked." in event


@pytest.mark.feature("SD4")
def test_the_same_message_in_another_parcel_is_a_duplicate(town: Any) -> None:
    """The second is rejected, also with its id in capitals; one message is stored."""
    message = town.message()
    town.submit(town.seal(message))
    town.settle()
    town.submit(town.seal(message))
    loud = replace(message, message_id=message.message_id.upper())
    town.submit(town.seal(loud))
    town.settle()
    assert reasons(town) == [("BV", "duplicate")] * 2
    assert len(town.b.messages()) == 1


@pytest.mark.feature("SD4", "SD7")
def test_the_same_bytes_sent_again_and_again_are_answered_each_time(town: Any) -> None:
    """A resend is byte-identical, and whoever sends once more waits for an answer to it."""
    xhe = town.seal(town.message())
    for _ in range(3):
        town.submit(xhe)
        town.settle()
    assert sorted(one.accepted for one in answers(town)) == [False, False, True]
    assert len(town.b.messages()) == 1


@pytest.mark.feature("SD4")
def test_the_same_parcel_again_is_met_with_silence(town: Any) -> None:
    """An access point that offers what we have taken gets it marked, and nobody is told twice."""
    parcel = town.submit(town.seal(town.message()))
    town.settle()
    spool = town.federation.folder / "spool"
    (taken,) = spool.glob(f"downloaded/*/{parcel}")
    taken.rename(spool / "pending" / taken.parent.name / parcel)
    town.settle()
    assert len(answers(town)) == 1
    assert len(town.b.messages()) == 1
    assert town.network.access_point.pending("0203:regionvattern.example") == []


@pytest.mark.feature("SD9")
def test_an_unknown_reference_is_accepted(town: Any) -> None:
    """RefToMessageId may name what we have never seen."""
    town.submit(town.seal(town.message(ref_to_message_id=str(uuid.uuid4()))))
    town.settle()
    assert [one.accepted for one in answers(town)] == [True]
    assert len(town.b.messages()) == 1


@pytest.mark.feature("SD4", "SD9")
def test_an_answer_to_what_we_have_marked_as_failed_is_rejected(town: Any, stranger: Any) -> None:
    """BV not-supported, since there is nothing to answer any more."""
    town.b.send(stranger)
    town.carry()
    failed = town.b.delivery().id
    town.b.rows("UPDATE deliveries SET state = 'SEND_FAILURE' WHERE id = :id RETURNING 1", id=failed)
    town.submit(town.seal(town.message(ref_to_message_id=str(failed).upper())))
    town.settle()
    assert reasons(town)[-1] == ("BV", "not-supported")
    assert town.b.messages() == []


@pytest.mark.feature("SD3", "SD4")
def test_an_unencrypted_message_is_rejected(town: Any) -> None:
    """SIG security; what stood in it is not stored."""
    message = town.message()
    bare = _envelope_around(town, message, encrypted=False)
    town.submit(sign(bare, town.federation.keys_of(message.sender.organisation)))
    town.settle()
    assert reasons(town) == [("SIG", "security")]
    assert nothing_is_stored(town)


@pytest.mark.feature("SD3", "SD4", "SD18")
def test_a_wrong_signature_is_rejected(town: Any) -> None:
    """Signed with keys that the sender has not published: SIG security."""
    other = town.federation.authority.issue("trygghet.example", "Någon annan")
    town.submit(town.seal(town.message(), signer=other))
    town.settle()
    assert reasons(town) == [("SIG", "security")]
    assert "går inte att lita på" in town.b.events("message.refused")[0]
    assert nothing_is_stored(town)


@pytest.mark.feature("SD18")
def test_a_sender_that_has_just_changed_keys_is_believed(town: Any) -> None:
    """A kept certificate that does not fit is asked for afresh before anybody is refused."""
    town.submit(town.seal(town.message()))
    town.settle()
    new = town.federation.authority.issue("trygghet.example", "Trygghetsmyndigheten")
    town.publish(new.certificate)
    town.submit(town.seal(town.message(), signer=new))
    town.settle()
    assert [one.accepted for one in answers(town)] == [True, True]
    assert len(town.b.messages()) == 2


@pytest.mark.feature("SD3", "SD4")
def test_a_message_that_says_another_sender_than_the_access_point_is_rejected(town: Any) -> None:
    """BV security: envelope and originalSender must be the same."""
    town.submit(town.seal(town.message()), sender="0203:bjorkvik.example")
    town.settle()
    assert reasons(town) == [("BV", "security")]
    assert nothing_is_stored(town)


@pytest.mark.feature("SD3", "SD4")
def test_a_certificate_with_an_unheard_of_key_is_not_believed(town: Any) -> None:
    """SIG security, at once: its parcel is not tried again for ever."""
    der = town.federation.keys_of("0203:trygghet.example").certificate.public_bytes(Encoding.DER)
    rsa, other = bytes.fromhex("06092a864886f70d010101"), bytes.fromhex("06092a864886f70d010163")
    town.publish(x509.load_der_x509_certificate(der.replace(rsa, other)))
    town.submit(town.seal(town.message()))
    town.settle()
    assert reasons(town) == [("SIG", "security")]


@pytest.mark.feature("SD4")
def test_an_expired_certificate_is_not_believed(town: Any) -> None:
    """The sender's certificate has run out: SIG security."""
    ago = datetime.now(UTC) - timedelta(days=2)
    old = town.federation.authority.issue("trygghet.example", "Gammal", valid=Validity(ago, ago + timedelta(days=1)))
    town.publish(old.certificate)
    town.submit(town.seal(town.message(), signer=old))
    town.settle()
    assert reasons(town) == [("SIG", "security")]


@pytest.mark.feature("SD4")
@pytest.mark.parametrize(
    ("payload", "word"),
    [
        (b"", "börjar inte"),
        (b"<a", "XML"),
        (b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e 'x'>]><x>&e;</x>", "DOCTYPE"),
        ("<x>å</x>".encode("utf-16"), "UTF-8"),
        (b"<x>" * 300 + b"</x>" * 300, "nivåer"),
        (b"<x/>", "kuverteringsprofilen"),
        (b"PK\x03\x04" + bytes(100), "element"),
    ],
)
def test_what_is_no_envelope_gets_an_event_and_no_receipt(town: Any, payload: bytes, word: str) -> None:
    """A line that an administrator understands; nothing is stored half, and nobody is answered."""
    town.submit(payload)
    town.settle()
    (event,) = town.b.events("message.refused")
    assert word in event
    assert "Ingen kvittens skickas." in event
    assert town.receipts_for_the_stranger() == []
    assert nothing_is_stored(town)


@pytest.mark.feature("SD4", "SD5")
def test_a_receipt_that_says_that_it_is_a_message_is_not_receipted(town: Any) -> None:
    """A receipt is never receipted, whatever the access point calls it."""
    town.submit(town.receipt(str(uuid.uuid4())), recipient="0203:bjorkvik.example")
    town.settle()
    assert town.receipts_for_the_stranger() == []
    assert "kvittens kvitteras aldrig" in town.a.events("message.refused")[0]


@pytest.mark.feature("SD3")
def test_a_sender_that_nobody_knows_is_met_with_silence(town: Any) -> None:
    """No certificate is published: a receipt could not arrive."""
    town.withdraw()
    town.submit(town.seal(town.message()))
    town.settle()
    assert "inget publicerat certifikat" in town.b.events("message.refused")[0]
    assert nothing_is_stored(town)


@pytest.mark.feature("SD3", "SD14")
def test_a_sender_that_has_just_been_published_is_believed(town: Any) -> None:
    """That nobody knew it a moment ago is asked for afresh before its message is thrown away."""
    town.withdraw()
    town.submit(town.seal(town.message()))
    town.settle()
    town.publish(town.federation.keys_of("0203:trygghet.example").certificate)
    town.submit(town.seal(town.message()))
    town.settle()
    assert [one.accepted for one in answers(town)] == [True]
    assert len(town.b.messages()) == 1


@pytest.mark.feature("PL5")
def test_a_parcel_that_cannot_be_dealt_with_does_not_stop_the_others(town: Any) -> None:
    """It stays at the access point, an administrator is told once, and what comes after it arrives."""
    links.unlink(town.platform.plugins.host("addressbook"), town.b.admin, town.b.boxes[0].id)
    spool = town.federation.folder / "spool" / "pending" / "0203%3Aregionvattern.example"
    (spool / "poison").write_bytes(b'{"nonsense": 1}\n<x/>')
    message = town.message()
    second = town.b.full_address(1)
    town.submit(town.seal(replace(message, recipient=replace(message.recipient, function=second.value))))
    town.settle()
    town.settle()
    assert len(town.b.messages(1)) == 1
    assert town.network.access_point.pending("0203:regionvattern.example") == ["poison"]
    (event,) = town.b.events("parcel.postponed")
    assert "ligger kvar" in event


@pytest.mark.feature("SD3")
def test_certificates_that_cannot_be_asked_for_put_one_sender_off(town: Any) -> None:
    """The publisher's answer about one sender is broken: its parcel waits, the others' arrive."""
    town.submit(town.seal(town.message()))
    town.break_certificates()
    town.a.send(town.b.address())
    town.settle()
    assert town.a.states() == ["ACKNOWLEDGED"]
    assert len(town.b.messages()) == 1
    assert "certifikat går inte att hämta" in town.b.events("parcel.postponed")[0]
    assert len(town.network.access_point.pending("0203:regionvattern.example")) == 1


@pytest.mark.feature("SD18")
def test_old_keys_still_open_and_new_ones_sign(town: Any) -> None:
    """After the recipient's change of keys a message to the old key arrives, and its receipt bears the new one."""
    new = town.federation.authority.issue("regionvattern.example", "Region Vättern")
    town.network.memberships.add(town.b.admin.organisation_id, "0203:regionvattern.example", new)
    town.submit(town.seal(town.message()))
    town.settle()
    assert len(town.b.messages()) == 1
    from budkavle_sdk_transport.keys.key_pair import base64_of

    assert base64_of(new.certificate) in town.receipts_for_the_stranger()[0]


def _envelope_around(town: Any, message: Any, *, encrypted: bool) -> bytes:
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


def test_two_workers_fetch_each_their_share(town: Any) -> None:
    """What one takes the other leaves, and nothing is left between them."""
    receiver, parcels = town.network.receiver, {town.submit(town.seal(town.message())) for _ in range(8)}
    mine = {one for one in parcels if crc32(one.encode()) % 2}
    assert receiver.fetch(1, 2) == len(mine)
    assert set(town.federation.access_point.pending("0203:regionvattern.example")) == parcels - mine
    assert receiver.fetch(0, 2) == len(parcels - mine)
    town.settle()
    assert len(town.b.messages()) == len(parcels)
