"""What cannot be sent is said at its field, before anything is stored."""

from typing import Any

import pytest

from budkavle import Address, Invalid, Person, Platform, Reference
from budkavle.accounts import create_mailbox
from budkavle.cases.attachments import store as store_attachment
from budkavle.deliveries.destinations.naming import number_of
from budkavle.testing.acting import in_work
from budkavle_sdk_transport.message.sdk_message import Attachment
from budkavle_sdk_transport.network import Network
from budkavle_sdk_transport.simulator.federation import PARTICIPANTS

MUNICIPALITY = PARTICIPANTS[0]


def refused(municipality: Any, region: Any, *recipients: Address, **draft: Any) -> dict[str, str]:
    """The sentences at the fields; nothing may have been stored."""
    with pytest.raises(Invalid) as caught:
        municipality.send(*(recipients or (region.address(),)), **draft)
    assert municipality.organisation.rows("SELECT 1 FROM messages") == []
    return dict(caught.value.fields)


@pytest.mark.feature("SD2", "SD13")
def test_more_than_30_megabytes_are_refused(municipality: Any, region: Any) -> None:
    """The limit is of the whole message, with its files in base64."""
    half = b"%PDF-1.7\n" + bytes(12_000_000)
    files = (municipality.attach(half, "ett.pdf"), municipality.attach(half, "två.pdf"))
    assert "högst 30 MB" in refused(municipality, region, attachments=files)["attachments"]


@pytest.mark.feature("SD2", "SD13")
def test_a_kind_of_file_that_is_not_taken_is_refused(platform: Platform, municipality: Any, region: Any) -> None:
    """The sentence names the file and says what to do."""
    file = store_attachment(platform, municipality.case_worker, "ljud.flac", "audio/flac", [b"fLaC" + bytes(9)])
    sentence = refused(municipality, region, attachments=(file.id,))["attachments"]
    assert "ljud.flac" in sentence
    assert "PDF" in sentence


@pytest.mark.feature("SD13")
@pytest.mark.parametrize("sdk_settings", [{"content_types_of": {MUNICIPALITY.participant: ["image/png"]}}])
def test_an_organisation_may_have_types_of_its_own(
    platform: Platform, municipality: Any, region: Any, peer: Any, sdk_worker: Any
) -> None:
    """What it sends and takes beside PDF is its own matter: the others of the installation keep the common types."""
    text = store_attachment(platform, municipality.case_worker, "a.txt", "text/plain", [b"Hej"])
    picture = store_attachment(platform, municipality.case_worker, "a.png", "image/png", [b"\x89PNG\r\n\x1a\n"])
    assert "a.txt" in refused(municipality, region, attachments=(text.id,))["attachments"]
    municipality.send(region.address(), attachments=(picture.id,))
    files = (Attachment("a.txt", "text/plain", b"Hej"),)
    for member in (municipality, region):
        message = peer.message(member.participant, attachments=files)
        peer.submit(peer.seal(message), recipient=member.participant.participant)
    sdk_worker.settle()
    assert sorted(one.accepted for one in peer.read_receipts()) == [False, True]
    assert sorted(one.attachments[0].file_name for one in region.messages()) == ["a.png", "a.txt"]
    assert municipality.messages() == []


@pytest.mark.feature("SD2")
def test_an_empty_reference_is_said_at_the_references(municipality: Any, region: Any) -> None:
    """A rule of the Schematron, in words, at the field that it is about."""
    assert "Fyll i värdet" in refused(municipality, region, references=(Reference("dnr", " "),))["references"]


@pytest.mark.feature("SD2")
@pytest.mark.parametrize("reference", [Reference("dnr", "x" * 257), Reference("dnr", "1", "x" * 257)])
def test_what_is_too_long_is_said_in_the_readers_language(municipality: Any, region: Any, reference: Reference) -> None:
    """The rule's own words are for the peer's receipt, and English."""
    sentence = refused(municipality, region, references=(reference,))["references"]
    assert sentence == "Referensen är inte ifylld som SDK kräver: Det får ha högst 256 tecken."


@pytest.mark.feature("SD2", "AB4")
@pytest.mark.parametrize("value", ["", "SE2321009002-9999", "SE2321009002-1001 ", "se2321009002-1001"])
def test_a_recipient_that_nobody_knows_is_said_at_the_recipients(municipality: Any, region: Any, value: str) -> None:
    """Such as who wrote without naming a function; an identifier is itself to the letter."""
    sentence = refused(municipality, region, Address("sdk", value))["recipients"]
    assert sentence == "Mottagaren finns inte i SDK:s adressbok. Välj en mottagare där."


@pytest.mark.feature("SD2")
def test_a_person_without_a_code_system_is_said_at_the_persons(municipality: Any, region: Any) -> None:
    """The same for persons."""
    assert "Fyll i värdet" in refused(municipality, region, persons=(Person("", "191212121212"),))["persons"]


@pytest.mark.feature("SD2")
def test_signs_that_cannot_be_sent_are_said_at_the_text(municipality: Any, region: Any) -> None:
    """XML cannot carry every sign that a page can paste."""
    assert "tecken som inte kan skickas" in refused(municipality, region, body="En \x0b bit")["body"]


@pytest.mark.feature("SD2", "AB3")
def test_a_mailbox_whose_identifier_is_anothers_now_sends_nothing(municipality: Any, region: Any) -> None:
    """Every recipient would have to refuse it: the envelope is signed by one, and the message is from another."""
    other, own = "0203:annan.example", municipality.address().value
    moved = "UPDATE addressbook_functions SET participant = :other WHERE identifier = :own RETURNING 1"
    municipality.organisation.rows(moved, other=other, own=own)
    sentence = refused(municipality, region)["mailbox"]
    assert other in sentence
    assert municipality.participant.participant in sentence


@pytest.mark.feature("SD2", "AB3")
def test_a_mailbox_without_an_identifier_sends_nothing(platform: Platform, municipality: Any, region: Any) -> None:
    """The sentence says who can mend it."""
    box = in_work(platform, municipality.organisation.system, create_mailbox, "Ny brevlåda")
    from budkavle.accounts import add_members

    in_work(platform, municipality.organisation.system, add_members, box.id, [municipality.case_worker.user_id])
    municipality.mailboxes.append(box)
    assert "administratör" in refused(municipality, region, box=-1)["mailbox"]


@pytest.mark.feature("SD2", "SD18")
def test_an_organisation_without_keys_sends_nothing(municipality: Any, region: Any, parts: Network) -> None:
    """An organisation that does not take part cannot send SDK messages."""
    municipality.organisation.rows("DELETE FROM sdk_identities RETURNING 1")
    parts.memberships.all(fresh=True)
    assert "inte ansluten" in refused(municipality, region)["mailbox"]


@pytest.mark.feature("SD2")
def test_a_message_that_fits_the_rules_is_sent_as_it_is_written(
    municipality: Any, region: Any, sdk_worker: Any
) -> None:
    """A subject of the greatest length, and a file name in Swedish."""
    municipality.send(region.address(), subject="Å" * 255, attachments=(municipality.attach(name="Åtgärd & plan.pdf"),))
    sdk_worker.settle()
    (message,) = region.messages()
    assert message.subject == "Å" * 255
    assert message.attachments[0].file_name == "Åtgärd & plan.pdf"


@pytest.mark.feature("SD2")
@pytest.mark.parametrize("sdk_settings", [{"federation": " "}])
def test_an_envelope_that_breaks_the_profile_does_not_leave(
    municipality: Any, region: Any, sdk_worker: Any, parts: Network
) -> None:
    """Both sets of rules are held before anything is sent, also those of the envelope (C3.2.2, 2.5)."""
    municipality.send(region.address())
    sdk_worker.deliver()
    assert municipality.states() == ["SEND_FAILURE"]
    assert parts.access_point.pending(region.participant.participant) == []


def test_sending_takes_two_transactions_of_the_core(
    municipality: Any, region: Any, transactions: list[list[bytes]]
) -> None:
    """The checks, and the message; what address books read has the role of their plugin."""
    file = municipality.attach()
    transactions.clear()
    municipality.send(region.address(), attachments=(file,))
    plugins = [one for one in transactions if any(b"set_config('role'" in sql for sql in one)]
    assert len(transactions) - len(plugins) == 2
    assert len(plugins) == 2  # whom it goes to, and what it is sent from


@pytest.mark.feature("ZO1")
def test_each_receiving_organisation_has_a_queue(municipality: Any, region: Any) -> None:
    """By what the network calls it, so that one whose access point is away holds up no other."""
    municipality.send(region.address())
    (row,) = municipality.organisation.rows("SELECT destination FROM deliveries")
    assert row.destination == number_of(region.participant.participant) != number_of("")
