"""Who answers at a number: as the mailbox and the contacts that it shares say, in and out, and nobody else's book."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from budkavle import Actor, Address, Draft, Entry, FunctionMailbox, Host, Platform, Work
from budkavle.accounts import add_members, create_mailbox
from budkavle.cases import list_cases, list_sent
from budkavle.messaging import read_case, send
from budkavle.messaging.recipients import search as picked
from budkavle.testing import SampleOrganisation, SampleUser, deliver_due
from budkavle.testing.acting import in_work
from budkavle_addressbook.contacts import books
from budkavle_addressbook.contacts.books import Book
from budkavle_fax import mailbox_cover
from budkavle_fax.directory import FaxDirectory
from budkavle_fax.numbers import contacts, name_lookup
from budkavle_fax.parts import parts as parts_of
from budkavle_fax.receiving.message_text import Slip

CALLER, SHOWN = "+46107654321", "+46 10 765 43 21"
CALLED = "+46101234567"


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform], inbox: Path) -> Platform:
    """An installation that has the address book as well."""
    section = {"hylafax": {"inbox": str(inbox)}}
    return budkavle_open(enabled=("addressbook", "fax"), plugins={"fax": section}, base_url="https://sakert.habo.se")


def know(
    organisation: SampleOrganisation, actor: Actor, name: str, phone: str = "010-765 43 21", *, shared: bool = True
) -> None:
    """Put a contact into the mailbox's book, or into the actor's own."""
    typed = {"name": name, "email": f"{len(name)}@soder.example", "phone": phone}
    host = organisation.platform.plugins.host("addressbook")
    books.add(host, actor, Book(organisation.mailbox.id) if shared else Book(), typed)


def tiff() -> bytes:
    kept = io.BytesIO()
    Image.new("1", (1728, 2292), 1).save(kept, "TIFF", compression="group4", dpi=(204, 196))
    return kept.getvalue()


def came(organisation: SampleOrganisation, number: str = "1") -> Any:
    """Let a fax come to the mailbox; return its message."""
    arrivals = parts_of(organisation.platform.plugins.host("fax")).arrivals
    arrivals.take(Slip(number, CALLED, CALLER), tiff())
    (case,) = in_work(organisation.platform, organisation.case_worker, list_cases, organisation.mailbox.id).items
    return case, in_work(organisation.platform, organisation.case_worker, read_case, case.id).thread[-1].message


@pytest.mark.feature("T1", "B2")
def test_a_caller_is_known_by_the_contacts_of_the_mailbox(
    organisation: SampleOrganisation, case_worker: SampleUser
) -> None:
    """Its name stands beside the number in the list of cases and as sender, and in the subject."""
    know(organisation, case_worker, "Vårdcentralen Söder")
    case, message = came(organisation)
    assert case.counterpart == f"Vårdcentralen Söder ({SHOWN})"
    assert str(message.sender) == f"Vårdcentralen Söder ({SHOWN})"
    assert message.sender.value == CALLER
    assert message.subject == "Fax från Vårdcentralen Söder"
    assert f"Vårdcentralen Söder ({SHOWN})" in message.body


@pytest.mark.feature("B2")
def test_two_contacts_with_one_number_leave_the_number_alone(
    organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox, host: Host
) -> None:
    """Nobody is named who may not have called; the mailbox's own name of the fax number decides where there is one."""
    know(organisation, case_worker, "Vårdcentralen Söder")
    know(organisation, case_worker, "Apoteket Söder", "+46 10 765 43 21")
    case, message = came(organisation)
    assert case.counterpart == SHOWN
    assert message.subject == f"Fax från {SHOWN}"
    contacts.keep(host, case_worker, mailbox.id, CALLER, "Söder")
    assert name_lookup.name_of(host, organisation.id, mailbox.id, CALLER) == "Söder"


@pytest.mark.feature("B3")
def test_nobodys_own_contacts_and_no_other_mailboxs_name_a_caller(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, case_worker: SampleUser
) -> None:
    """What one member keeps for herself, or another mailbox for itself, is not shown to all who share the mailbox."""
    know(organisation, case_worker, "Mammas vårdcentral", shared=False)
    other = in_work(platform, administrator, create_mailbox, "Reception")
    in_work(platform, administrator, add_members, other.id, [case_worker.user_id])
    typed = {"name": "Annan brevlåda", "email": "a@b.example", "phone": CALLER}
    books.add(platform.plugins.host("addressbook"), case_worker, Book(other.id), typed)
    case, _ = came(organisation)
    assert case.counterpart == SHOWN


@pytest.mark.feature("B3")
def test_who_is_no_member_finds_no_name_of_the_mailboxs(
    organisation: SampleOrganisation,
    administrator: SampleUser,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    host: Host,
) -> None:
    """An administrator of the organisation is none by that alone."""
    contacts.keep(host, case_worker, mailbox.id, CALLER, "Vårdcentralen Söder")
    know(organisation, case_worker, "Apoteket Söder", "08-123 45 67")
    assert name_lookup.names(host, administrator, mailbox.id) == {}
    assert name_lookup.names(host, case_worker, mailbox.id).keys() == {CALLER, "+4681234567"}


@pytest.mark.feature("T4", "B2")
def test_a_recipient_is_a_contact_by_name_and_stays_so_until_it_is_sent(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    sign_in: Callable[..., Any],
) -> None:
    """Found by name, chosen, and in Skickade: the name beside the number; typing the number finds the name as well."""
    know(organisation, case_worker, "Vårdcentralen Söder")
    page = sign_in(case_worker)
    form = {"mailbox": str(mailbox.id), "kind": "fax", "subject": "Ang. ärende", "body": "Hej!"}
    found = page.post("/compose", **form, q="söder", find="1").text
    assert f"fax:{CALLER}" in found
    chosen = page.post("/compose", **form, q="", add=f"fax:{CALLER}").text
    assert f"Vårdcentralen Söder ({SHOWN})" in chosen
    assert f"Vårdcentralen Söder ({SHOWN})" in page.post("/compose", **form, q="010-765 43 21", find="1").text
    assert page.post("/compose", **form, recipients=f"fax:{CALLER}", send="1").status_code == 303
    (sent,) = in_work(platform, case_worker, list_sent, mailbox.id).items
    assert str(sent.recipients[0].recipient) == f"Vårdcentralen Söder ({SHOWN})"
    assert f"Vårdcentralen Söder ({SHOWN})" in page.get(f"/m/{mailbox.id}/sent").text


@pytest.mark.feature("T4")
def test_a_mobile_is_no_recipient_by_name_but_may_be_typed(
    organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox, host: Host
) -> None:
    """Nobody finds a mobile by a name and faxes it by mistake."""
    know(organisation, case_worker, "Maria Öberg", "070-123 45 67")
    book = FaxDirectory(host)
    assert book.search(case_worker, mailbox.id, "maria", 20) == []
    (typed,) = book.search(case_worker, mailbox.id, "070-123 45 67", 20)
    assert typed.address.name == "Maria Öberg (+46 70 123 45 67)"


@pytest.mark.feature("T5", "B2")
def test_the_cover_names_the_recipient_as_the_mailbox_does(
    organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox, host: Host
) -> None:
    """Not as one member does for herself."""
    know(organisation, case_worker, "Mammas vårdcentral", shared=False)
    whose = (organisation.id, mailbox.id)
    assert mailbox_cover.front(host, *whose, CALLER, "Ang.", "Hej!").recipient == ""
    know(organisation, case_worker, "Vårdcentralen Söder")
    assert mailbox_cover.front(host, *whose, CALLER, "Ang.", "Hej!").recipient == "Vårdcentralen Söder"


class Passing:
    """An address book that passes each question on to all others, as one for another's message service does."""

    name = "passing"
    label = "Vidare"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self.asked = 0

    def search(self, actor: Actor, mailbox_id: Any, words: str, limit: int) -> list[Entry]:
        self.asked += 1
        others = [one for one in self._platform.plugins.directories.values() if one.name != self.name]
        return [entry for one in others for entry in one.search(actor, mailbox_id, words, limit)]

    def find(self, actor: Actor, transport: str, value: str) -> Entry | None:
        return None

    def mailbox(self, work: Work, transport: str, value: str) -> None:
        return None

    def address(self, actor: Actor, mailbox_id: Any, transport: str) -> Address | None:
        return None


def beside(platform: Platform, book: Any) -> None:
    """Let a further address book stand beside the others."""
    platform.plugins.plugin("local").registered["directories"].append(book)
    assert book.name in platform.plugins.directories


def test_an_address_book_that_asks_the_others_does_not_ask_for_ever(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Each is asked once, and what it passes on names nobody twice."""
    passing: Any = Passing(platform)
    beside(platform, passing)
    know(organisation, case_worker, "Vårdcentralen Söder")
    (hit,) = in_work(platform, case_worker, picked, mailbox.id, "fax", "söder")
    assert hit.address.value == CALLER
    assert passing.asked == 3  # by the picker, and once each time that the book of fax numbers is asked
    assert came(organisation)[0].counterpart == f"Vårdcentralen Söder ({SHOWN})"


def test_an_address_book_that_fails_holds_no_fax_up(
    platform: Platform,
    organisation: SampleOrganisation,
    case_worker: SampleUser,
    mailbox: FunctionMailbox,
    carrier: Any,
) -> None:
    """The fax comes in, and goes out, with its number."""

    class Broken(Passing):
        def search(self, *_: Any) -> list[Entry]:
            self.asked += 1
            raise RuntimeError("no answer")

    broken = Broken(platform)
    beside(platform, broken)
    assert came(organisation)[0].counterpart == SHOWN
    in_work(platform, case_worker, send, mailbox.id, Draft((Address("fax", CALLER),), "Ang.", "Hej!"))
    deliver_due(platform)
    assert carrier.submitted == 1
    assert broken.asked


@pytest.mark.feature("E27")
def test_a_contacts_fax_number_is_chosen_and_not_the_telephone(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> None:
    """Found by name where a fax is written; only who has no fax number is offered by the telephone."""
    typed = {"name": "Vårdcentralen Söder", "email": "v@soder.example", "phone": "010-765 43 21", "fax": "08-123 45 67"}
    books.add(platform.plugins.host("addressbook"), case_worker, Book(mailbox.id), typed)
    know(organisation, case_worker, "Apoteket Söder", "0171-123 45")
    matching = in_work(platform, case_worker, picked, mailbox.id, "fax", "söder")
    assert {(entry.address.value, entry.source) for entry in matching} == {
        ("+4681234567", "Brevlådans kontakt"),
        ("+4617112345", "Brevlådans kontakt"),
    }
    chosen = FaxDirectory(platform.plugins.host("fax")).find_many(
        case_worker, mailbox.id, [Address("fax", "08-123 45 67")]
    )[0]
    assert chosen is not None
    assert chosen.address.name == "Vårdcentralen Söder (+46 8 123 45 67)"
