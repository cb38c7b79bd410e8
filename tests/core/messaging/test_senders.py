"""What the core makes of names that a transport has not verified, and of address books that fail."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from budkavle.cases import inbox
from budkavle.cases.inbox import CaseFilter
from budkavle.cases.message_store import GONE
from budkavle.messaging import case_view, senders
from budkavle.model.messages import Address, SenderCheck
from budkavle.plugins.protocols.directory import Listing
from budkavle.testing import acting
from budkavle.testing.acting import in_work, system
from budkavle.testing.fakes import FakeDirectory

CLAIM = Address("fake", "them", "Utredning", "Polisen", "0203:regionen.se")


@dataclass
class Book(FakeDirectory):
    """An address book that knows senders.

    Attributes:
        listing: What it has of everybody.
        knows: The transport that it has to do with.
        broken: Whether it fails, in a way that nobody has thought of.
        asks: SQL that it asks the database, in the transaction of the message.
    """

    listing: Listing = field(default_factory=lambda: Listing("Regionen"))
    knows: str = "fake"
    broken: bool = False
    asks: str = ""

    def listings(self, work, wanted):
        if self.broken:
            raise RuntimeError("broken")
        if self.asks:
            work.connection.execute(text(self.asks))
        return [self.listing if one.transport == self.knows else None for one in wanted]


@pytest.fixture
def book(fake_directory, organisation):
    """The installation's only address book, which has become one that knows senders."""
    fake_directory.__class__ = Book
    vars(fake_directory).update(vars(Book()))
    return fake_directory


def arrive(organisation, **more):
    accepted = acting.accept(organisation.platform, organisation.incoming(sender=CLAIM, names_claimed=True, **more))
    return in_work(organisation.platform, system(organisation.id), case_view.message, accepted.message_id)


def again(organisation, message):
    senders.check_again(organisation.platform)
    return in_work(organisation.platform, system(organisation.id), case_view.message, message.id)


def test_a_transport_that_vouches_for_names_is_believed(platform, organisation, book):
    """Nobody is asked where the names are not the sender's own."""
    book.broken = True
    accepted = acting.accept(platform, organisation.incoming())
    message = in_work(platform, system(organisation.id), case_view.message, accepted.message_id)
    assert (str(message.sender), message.sender_check, message.claimed) == (
        "Region Jönköpings län · Vårdcentralen Bankeryd",
        None,
        None,
    )


def test_an_address_book_that_fails_loses_no_message(platform, organisation, case_worker, mailbox, book):
    """It is stored under what is verified, its reader warned; and named as soon as the book works."""
    book.broken = True
    message = arrive(organisation)
    assert (str(message.sender), message.sender_check) == ("0203:regionen.se", SenderCheck.UNCHECKED)
    assert message.calls_itself == "Polisen · Utredning"
    assert again(organisation, message).sender_check is SenderCheck.UNCHECKED
    book.broken = False
    known = again(organisation, message)
    assert (str(known.sender), known.sender_check) == ("Regionen", SenderCheck.UNKNOWN_FUNCTION)
    assert (known.subject, known.body, known.claimed) == (message.subject, message.body, CLAIM)
    (case,) = in_work(platform, case_worker, inbox.inbox, mailbox.id, CaseFilter()).items
    assert case.counterpart == "Regionen"


@pytest.mark.parametrize(
    "answer",
    [
        lambda wanted: 7,
        lambda wanted: [Listing("Regionen")],
        lambda wanted: [Listing("Regionen")] * (len(wanted) + 1),
        lambda wanted: ["Regionen"] * len(wanted),
    ],
    ids=["no list", "too few", "too many", "no listings"],
)
def test_an_address_book_whose_answer_is_none_loses_no_message(organisation, book, monkeypatch, answer):
    """What is no answer is as good as none, at the arrival and whenever it is asked again."""
    monkeypatch.setattr(type(book), "listings", lambda self, work, wanted: answer(wanted))
    message = arrive(organisation)
    assert (str(message.sender), message.sender_check) == ("0203:regionen.se", SenderCheck.UNCHECKED)
    with capture_logs() as lines:
        assert again(organisation, message).sender_check is SenderCheck.UNCHECKED
    assert "senders.not_checked" in {line["event"] for line in lines}


def test_one_message_that_cannot_be_read_keeps_no_other_from_its_check(platform, organisation, book):
    """It is told of, and the later ones get their names."""
    book.broken = True
    spoilt, message = arrive(organisation, remote_id="1"), arrive(organisation, remote_id="2")
    book.broken = False
    with platform.database.transaction(organisation.id) as connection:
        spoil = text("UPDATE messages SET head = overlay(head PLACING '\\xffff' FROM 40) WHERE id = :id")
        connection.execute(spoil, {"id": spoilt.id})
    with capture_logs() as lines:
        assert again(organisation, message).sender_check is SenderCheck.UNKNOWN_FUNCTION
    assert [line["message"] for line in lines if line["event"] == "senders.not_checked"] == [str(spoilt.id)]


def test_one_whose_sql_fails_loses_no_message(organisation, book):
    """The transaction of the message goes on without what the address book has asked."""
    book.asks = "SELECT lofts FROM doves"
    message = arrive(organisation)
    assert (str(message.sender), message.sender_check) == ("0203:regionen.se", SenderCheck.UNCHECKED)
    book.asks = ""
    assert again(organisation, message).sender_check is SenderCheck.UNKNOWN_FUNCTION


def test_without_an_address_book_nobody_has_a_name(organisation):
    """Where no address book knows such senders, that is what is said."""
    message = arrive(organisation)
    assert (str(message.sender), message.sender_check) == ("0203:regionen.se", SenderCheck.UNCHECKED)


def test_one_that_cannot_be_told_does_not_hide_another(organisation, book, monkeypatch):
    """A transport whose senders no book knows does not use up the turns of one whose senders are known."""
    monkeypatch.setattr(senders, "BATCH", 1)
    book.broken = True
    first, second = arrive(organisation), arrive(organisation)
    assert organisation.rows("UPDATE messages SET transport = 'strange' WHERE id = :id RETURNING 1", id=first.id)
    book.broken, book.knows = False, "fake"
    assert again(organisation, second).sender_check is SenderCheck.UNKNOWN_FUNCTION
    assert again(organisation, first).sender_check is SenderCheck.UNCHECKED


def test_what_has_been_destroyed_is_left_alone(platform, organisation, book):
    """A message whose key is gone has no name to look for, and the job goes on."""
    book.broken = True
    gone, kept = arrive(organisation), arrive(organisation)
    with platform.database.transaction(organisation.id) as connection:
        platform.vault.destroy(connection, organisation.id, gone.id)
    book.broken = False
    assert senders.check_again(platform) == 1
    assert again(organisation, kept).sender_check is SenderCheck.UNKNOWN_FUNCTION
    assert again(organisation, gone).subject == GONE
