"""What the core makes of names that a transport has not verified, and of address books that fail."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import text

from budkavle.cases import inbox
from budkavle.cases.inbox import CaseFilter
from budkavle.cases.message_store import GONE
from budkavle.messaging import case_view, senders
from budkavle.model.messages import Address, SenderCheck
from budkavle.plugins.optional_protocols import Listing
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
def book(house):
    """The installation's only address book, which has become one that knows senders."""
    house.directory.__class__ = Book
    vars(house.directory).update(vars(Book()))
    return house.directory


def arrive(house, **more):
    accepted = acting.accept(house.platform, house.incoming(sender=CLAIM, names_claimed=True, **more))
    return in_work(house.platform, system(house.organisation.id), case_view.message, accepted.message_id)


def again(house, message):
    senders.check_again(house.platform)
    return in_work(house.platform, system(house.organisation.id), case_view.message, message.id)


def test_a_transport_that_vouches_for_names_is_believed(house, book):
    """Nobody is asked where the names are not the sender's own."""
    book.broken = True
    accepted = acting.accept(house.platform, house.incoming())
    message = in_work(house.platform, system(house.organisation.id), case_view.message, accepted.message_id)
    assert (str(message.sender), message.sender_check, message.claimed) == ("Regionen · Mottagningen", None, None)


def test_an_address_book_that_fails_loses_no_message(house, book):
    """It is stored under what is verified, its reader warned; and named as soon as the book works."""
    book.broken = True
    message = arrive(house)
    assert (str(message.sender), message.sender_check) == ("0203:regionen.se", SenderCheck.UNCHECKED)
    assert message.calls_itself == "Polisen · Utredning"
    assert again(house, message).sender_check is SenderCheck.UNCHECKED
    book.broken = False
    known = again(house, message)
    assert (str(known.sender), known.sender_check) == ("Regionen", SenderCheck.UNKNOWN_FUNCTION)
    assert (known.subject, known.body, known.claimed) == (message.subject, message.body, CLAIM)
    (case,) = in_work(house.platform, house.anna, inbox.inbox, house.box.id, CaseFilter()).items
    assert case.counterpart == "Regionen"


def test_one_whose_sql_fails_loses_no_message(house, book):
    """The transaction of the message goes on without what the address book has asked."""
    book.asks = "SELECT lofts FROM doves"
    message = arrive(house)
    assert (str(message.sender), message.sender_check) == ("0203:regionen.se", SenderCheck.UNCHECKED)
    book.asks = ""
    assert again(house, message).sender_check is SenderCheck.UNKNOWN_FUNCTION


def test_without_an_address_book_nobody_has_a_name(house):
    """Where no address book knows such senders, that is what is said."""
    message = arrive(house)
    assert (str(message.sender), message.sender_check) == ("0203:regionen.se", SenderCheck.UNCHECKED)


def test_one_that_cannot_be_told_does_not_hide_another(house, book, monkeypatch):
    """A transport whose senders no book knows does not use up the turns of one whose senders are known."""
    monkeypatch.setattr(senders, "BATCH", 1)
    book.broken = True
    first, second = arrive(house), arrive(house)
    assert house.rows("UPDATE messages SET transport = 'strange' WHERE id = :id RETURNING 1", id=first.id)
    book.broken, book.knows = False, "fake"
    assert again(house, second).sender_check is SenderCheck.UNKNOWN_FUNCTION
    assert again(house, first).sender_check is SenderCheck.UNCHECKED


def test_what_has_been_destroyed_is_left_alone(house, book):
    """A message whose key is gone has no name to look for, and the job goes on."""
    book.broken = True
    gone, kept = arrive(house), arrive(house)
    with house.platform.database.transaction(house.organisation.id) as connection:
        house.platform.vault.destroy(connection, house.organisation.id, gone.id)
    book.broken = False
    assert senders.check_again(house.platform) == 1
    assert again(house, kept).sender_check is SenderCheck.UNKNOWN_FUNCTION
    assert again(house, gone).subject == GONE
