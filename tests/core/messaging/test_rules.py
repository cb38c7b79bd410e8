"""What may be sent at which level of assurance, and what must be known of a reader without account."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from budkavle.messaging import assurance
from budkavle.model.errors import Invalid
from budkavle.model.loa import Loa
from budkavle.model.messages import Terms
from budkavle.testing.acting import in_work, system
from budkavle.testing.actors import system_actor
from budkavle.testing.working import deliver_due

MARIA = "maria@example.se"
NUMBER = "19121212-1212"


@pytest.fixture
def platform(open_secure):
    return open_secure()


def refused(secure, loa=Loa.TWO, terms=None, **more):
    """The fields of what is refused."""
    with pytest.raises(Invalid) as error:
        secure.write(secure.organisation.case_worker, MARIA, loa=loa, terms={MARIA: terms or Terms()}, **more)
    assert secure.organisation.rows("SELECT 1 FROM messages") == []
    return error.value.fields


def sent(secure, loa=Loa.TWO, terms=None, **more):
    """What the transport was given of what goes."""
    secure.write(secure.organisation.case_worker, MARIA, loa=loa, terms={MARIA: terms or Terms()}, **more)
    return secure.link.sent[-1]


@pytest.mark.feature("M6")
def test_a_level_must_be_chosen(secure):
    """A secure message without a level is not sent."""
    assert refused(secure, Loa.NONE) == {"loa": "Välj hur säkert mottagaren ska legitimera sig."}


@pytest.mark.feature("A11")
def test_a_level_that_is_off_is_not_used(platform, secure, case_worker, other_case_worker):
    """What the organisation has switched off is refused, and is not among what is offered."""
    anna = case_worker.user
    with platform.database.transaction(None) as connection:
        query = """UPDATE organisations SET settings = '{"loa": {"1": {"on": false}, "3": {"text": "Bara BankID."}}}'"""
        connection.execute(text(query + " WHERE id = :id"), {"id": anna.organisation_id})
    assert "använder inte tillitsnivå 1" in refused(secure, Loa.ONE)["loa"]
    offered = in_work(platform, system(anna.organisation_id), assurance.offered)
    assert [(one.loa, one.text) for one in offered] == [
        (Loa.TWO, assurance.TEXTS[Loa.TWO]),
        (Loa.THREE, "Bara BankID."),
    ]
    assert len(in_work(platform, system(other_case_worker.user.organisation_id), assurance.offered)) == 3


@pytest.mark.feature("A2", "X1")
def test_level_one_asks_for_nothing(secure):
    """The mailbox that the link came to is enough."""
    assert sent(secure, Loa.ONE).terms == Terms()


@pytest.mark.feature("A7", "A8", "X4")
def test_level_two_needs_a_mobile_number(secure):
    """The code goes to a number that the sender knows; it is kept as the network writes it."""
    assert list(refused(secure)) == [f"terms.{MARIA}.phone"]
    for none in ("070-12", "08-123 456 78", "070-123 45 67 8"):
        assert list(refused(secure, terms=Terms(phone=none))) == [f"terms.{MARIA}.phone"]
    assert sent(secure, terms=Terms(phone="+46 (0)70 123 45 67")).terms.phone == "+46701234567"
    assert sent(secure, terms=Terms(phone="070-123 45 67")).terms.phone == "+46701234567"
    assert sent(secure, terms=Terms(phone="0047 912 34 567")).terms.phone == "+4791234567"


@pytest.mark.feature("A10", "X4")
def test_level_three_needs_a_personnummer(secure):
    """Whose e-legitimation it must be; a wrong digit is found, and a samordningsnummer is one too."""
    assert list(refused(secure, Loa.THREE)) == [f"terms.{MARIA}.personnummer"]
    for wrong in ("19121212-1213", "12-1212", "20260230-1234", "text"):
        assert list(refused(secure, Loa.THREE, Terms(personnummer=wrong))) == [f"terms.{MARIA}.personnummer"]
    assert sent(secure, Loa.THREE, Terms(personnummer=NUMBER)).terms.personnummer == "191212121212"
    assert sent(secure, Loa.THREE, Terms(personnummer="19701063-2391")).terms.personnummer == "197010632391"


@pytest.mark.feature("A10")
@pytest.mark.parametrize("number", ["", NUMBER])
def test_at_level_three_the_way_must_name_the_person(secure, number):
    """A card without personnummer would let in whoever has one; below level 3 it may be chosen, and needs no number."""
    fields = refused(secure, Loa.THREE, Terms(method="siths", personnummer=number))
    assert list(fields) == [f"terms.{MARIA}.method"]
    assert "låt mottagaren välja" in fields[f"terms.{MARIA}.method"]
    assert sent(secure, Loa.TWO, Terms(method="siths")).terms.method == "siths"


def test_without_a_way_that_names_the_person_nothing_goes_at_level_three(platform, secure):
    """Where cards without personnummer are all that reaches the level, the sender is told."""
    bankid = platform.plugins.identity_providers["bankid"]
    bankid.traits = replace(bankid.traits, asserts_personnummer=False)
    fields = refused(secure, Loa.THREE, Terms(personnummer=NUMBER))
    assert "inget sätt som når tillitsnivå 3" in fields[f"terms.{MARIA}.method"]


@pytest.mark.feature("X2", "X4")
def test_a_stronger_way_may_be_asked_for(secure):
    """At level 1 the sender may ask for an e-legitimation; then its attributes are needed."""
    assert list(refused(secure, Loa.ONE, Terms(method="bankid"))) == [f"terms.{MARIA}.personnummer"]
    assert list(refused(secure, Loa.ONE, Terms(method="sms"))) == [f"terms.{MARIA}.phone"]
    terms = Terms(method="bankid", personnummer=NUMBER)
    assert sent(secure, Loa.ONE, terms).terms.method == "bankid"


@pytest.mark.feature("X3")
@pytest.mark.parametrize("method", ["email", "sms"])
def test_a_weaker_way_is_never_enough(secure, method):
    """The rule that forbids is explained, with the way's name and both levels."""
    terms = Terms(method=method, phone="0701234567", personnummer=NUMBER)
    fields = refused(secure, Loa.THREE, terms)
    assert list(fields) == [f"terms.{MARIA}.method"]
    assert "meddelandet kräver nivå 3" in fields[f"terms.{MARIA}.method"]


@pytest.mark.feature("X3")
@pytest.mark.parametrize("method", ["inside", "unknown"])
def test_a_way_that_guests_do_not_have_is_refused(secure, method):
    """A way for staff alone, or one that is not there, is none."""
    assert list(refused(secure, Loa.ONE, Terms(method=method))) == [f"terms.{MARIA}.method"]


@pytest.mark.feature("M8", "A6")
def test_accounts_are_asked_for_nothing(secure, other_case_worker, case_worker):
    """Who has an account identifies with it; what was typed about them is not kept."""
    terms = {str(other_case_worker.personal_id): Terms(phone="0701234567", personnummer=NUMBER)}
    message = secure.write(case_worker, "fia@mullsjo.example", loa=Loa.THREE, terms=terms)
    assert secure.delivery(message).terms is None


@pytest.mark.feature("X5", "X6")
def test_the_open_text_goes_with_the_message(secure):
    """The transport gets what is to stand in the notification; nothing where the standard text is wanted."""
    assert sent(secure, Loa.ONE, open_text="Ring oss gärna.").message.open_text == "Ring oss gärna."
    assert sent(secure, Loa.ONE).message.open_text == ""


@pytest.mark.feature("X5")
def test_the_open_text_is_short(secure):
    """It is no place for the message itself."""
    assert list(refused(secure, Loa.ONE, open_text="a" * 1001)) == ["open_text"]


@pytest.mark.feature("X4")
def test_what_was_given_is_sealed(secure, case_worker):
    """Neither number nor phone stands in the table as it is."""
    message = secure.write(case_worker, MARIA, loa=Loa.THREE, terms={MARIA: Terms(personnummer=NUMBER)})
    assert b"121212" not in bytes(secure.delivery(message).terms)


@pytest.mark.feature("X1", "A9", "A10")
@pytest.mark.parametrize(
    ("loa", "terms", "names"),
    [
        (Loa.ONE, None, ["email", "sms", "partner", "bankid", "siths"]),
        (Loa.TWO, None, ["sms", "partner", "bankid", "siths"]),
        (Loa.THREE, None, ["bankid"]),
        (Loa.ONE, Terms(), ["email"]),
        (Loa.TWO, Terms(phone="+46701234567"), ["sms"]),
        (Loa.TWO, Terms(phone="+46701234567", personnummer="191212121212"), ["sms", "bankid"]),
        (Loa.THREE, Terms(personnummer="191212121212"), ["bankid"]),
        (Loa.THREE, Terms(method="siths"), []),
        (Loa.THREE, Terms(method="siths", personnummer="191212121212"), []),
        (Loa.TWO, Terms(method="siths"), ["siths"]),
        (Loa.TWO, Terms(method="partner"), ["partner"]),
        (Loa.ONE, Terms(method="bankid", personnummer="191212121212"), ["bankid"]),
        (Loa.THREE, Terms(phone="+46701234567"), []),
    ],
)
def test_the_ways_of_a_reader(platform, secure, case_worker, loa, terms, names):
    """Only ways that reach the level and tell that it is this very person."""
    found = in_work(platform, system(case_worker.user.organisation_id), assurance.guest_methods, loa, terms)
    assert [one.name for one in found] == names


@pytest.mark.feature("X1")
def test_a_way_of_other_organisations_is_not_offered(platform, secure, case_worker, other_case_worker):
    """A connection that names its organisations is for those alone."""
    siths = platform.plugins.identity_providers["siths"]
    siths.traits = replace(siths.traits, organisations=frozenset({"mullsjo"}))
    for reader, there in ((case_worker, False), (other_case_worker, True)):
        found = in_work(platform, system(reader.organisation_id), assurance.guest_methods, Loa.TWO)
        assert ("siths" in [one.name for one in found]) is there


@pytest.mark.feature("M18")
def test_a_mailbox_without_the_kind_sends_none(platform, secure, mailbox, case_worker):
    """A mailbox that may send other kinds only is refused, and one that may send the kind has both its ways."""
    from budkavle.accounts import mailboxes

    box = mailbox
    admin = system_actor(box.organisation_id, "Admin")
    in_work(platform, admin, mailboxes.update_mailbox, box.id, transports=("sdk",))
    assert "går det inte att skicka" in refused(secure, Loa.ONE, mailbox_id=box.id)["recipients"]
    in_work(platform, admin, mailboxes.update_mailbox, box.id, transports=("secure",))
    secure.write(case_worker, MARIA, "fia@mullsjo.example", loa=Loa.ONE, mailbox_id=box.id)
    assert deliver_due(platform) == 0
