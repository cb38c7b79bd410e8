import contextlib
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budkavle.host import Host
from budkavle.model.errors import Forbidden, Invalid, NotFound
from budkavle.model.messages import Address
from budkavle.storage.events.chaining import chain_log
from budkavle.testing.actors import system_actor
from budkavle_addressbook.contacts import books
from budkavle_addressbook.contacts.books import Book
from budkavle_addressbook.contacts.contact import checked, pack, unpack
from budkavle_addressbook.directory import ContactDirectory

MARIA = {"name": "Maria Öberg", "email": "maria.oberg@example.se", "phone": "070-123 45 67"}
ERIK = {"name": "Erik Åkesson", "email": "erik@example.se", "phone": "+46 8 123 456", "personnummer": "811218-9876"}


@pytest.mark.feature("B1", "B3")
def test_the_personal_book_is_ones_own(host: Host, habo: Any, region: Any) -> None:
    """Nobody else finds, reads, changes or removes a personal contact, not even an administrator."""
    made = books.add(host, habo.case_worker, Book(), MARIA)
    assert books.search(host, habo.case_worker, Book()) == [made]
    for other in (habo.colleague, habo.administrator, region.case_worker):
        assert books.search(host, other, Book()) == []
        assert books.remove(host, other, Book(), [made.id]) == 0
        with pytest.raises(NotFound):
            books.get(host, other, Book(), made.id)
        with pytest.raises(NotFound):
            books.change(host, other, Book(), made.id, ERIK)
    assert books.get(host, habo.case_worker, Book(), made.id) == made


@pytest.mark.feature("B2", "B3")
def test_the_mailbox_book_is_its_members(host: Host, habo: Any, region: Any) -> None:
    """Members share it; it is in no personal book, and closed for all others."""
    book = Book(habo.mailbox.id)
    made = books.add(host, habo.case_worker, book, MARIA)
    assert books.search(host, habo.colleague, book) == [made]
    assert books.search(host, habo.colleague, Book()) == []
    changed = books.change(host, habo.colleague, book, made.id, MARIA | {"phone": "0171-12345"})
    assert books.get(host, habo.case_worker, book, made.id) == changed
    with pytest.raises(NotFound):
        books.get(host, habo.case_worker, Book(), made.id)
    for other in (habo.outsider, habo.administrator, region.case_worker):
        with pytest.raises(NotFound):
            books.search(host, other, book)
        with pytest.raises(NotFound):
            books.add(host, other, book, MARIA)


@pytest.mark.feature("B3")
def test_the_system_has_no_personal_book(host: Host, habo: Any) -> None:
    """A part of the system acting in its own name is no person."""
    with pytest.raises(Forbidden):
        books.search(host, system_actor(habo.id), Book())


@pytest.mark.feature("B7")
@pytest.mark.parametrize(
    ("words", "names"), [("", ["Erik Åkesson", "Maria Öberg"]), ("ÖBERG mar", ["Maria Öberg"]), ("lind", [])]
)
def test_search_by_name(host: Host, habo: Any, words: str, names: list[str]) -> None:
    """All words of the name, in any order and case, in the chosen book only."""
    for typed in (MARIA, ERIK):
        books.add(host, habo.case_worker, Book(), typed)
    books.add(host, habo.case_worker, Book(habo.mailbox.id), MARIA)
    assert [one.name for one in books.search(host, habo.case_worker, Book(), words)] == names


@pytest.mark.feature("B6")
def test_the_ticked_ones_are_removed(host: Host, habo: Any) -> None:
    """Those that were ticked go, the others stay, unknown ones do no harm."""
    book = Book(habo.mailbox.id)
    maria, again, erik = (books.add(host, habo.case_worker, book, typed) for typed in (MARIA, MARIA, ERIK))
    assert books.remove(host, habo.colleague, book, [maria.id, again.id, uuid4()]) == 2
    assert books.search(host, habo.case_worker, book) == [erik]


@pytest.mark.feature("B4", "B5")
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"email": ""}, "email"),
        ({"email": "maria"}, "email"),
        ({"email": "a@b"}, "email"),
        ({"phone": ""}, "phone"),
        ({"phone": "ring mig"}, "phone"),
        ({"personnummer": "811218-9875"}, "personnummer"),
    ],
)
def test_faults_stand_at_their_field(host: Host, habo: Any, typed: dict[str, str], field: str) -> None:
    """Name, e-mail and phone are mandatory and must be possible; a personnummer must be true; nothing is stored."""
    with pytest.raises(Invalid) as caught:
        books.add(host, habo.case_worker, Book(), MARIA | typed)
    assert list(caught.value.fields) == [field]
    assert books.search(host, habo.case_worker, Book()) == []


@pytest.mark.feature("B4")
def test_a_sign_that_does_not_show_is_not_told_as_length() -> None:
    """A name that was pasted with a zero-width space is short enough."""
    with pytest.raises(Invalid) as caught:
        checked(MARIA | {"name": "Maria\u200bÖ"})
    assert caught.value.fields == {"name": "Namnet har tecken som inte syns. Skriv det på nytt."}


@pytest.mark.feature("B4")
def test_all_faults_are_said_at_once() -> None:
    """An empty form gets every mandatory field marked."""
    with pytest.raises(Invalid) as caught:
        checked({})
    assert set(caught.value.fields) == {"name", "email", "phone"}


@pytest.mark.feature("B5")
def test_the_identifier_is_none_or_twelve_digits(host: Host, habo: Any) -> None:
    """Ingen, or a Swedish personnummer in one form whatever was typed."""
    assert books.add(host, habo.case_worker, Book(), MARIA | {"personnummer": " "}).fields.personnummer == ""
    assert books.add(host, habo.case_worker, Book(), ERIK).fields.personnummer == "198112189876"


def test_nothing_of_a_contact_stands_in_clear(host: Host, habo: Any) -> None:
    """Name, e-mail, phone and personnummer are ciphertext in the row, and not in the event log."""
    books.add(host, habo.case_worker, Book(), ERIK)
    chain_log(host.platform.database, habo.id)
    with host.platform.database.owner() as engine, engine.begin() as connection:
        rows = connection.exec_driver_sql("SELECT sealed FROM addressbook_contacts").scalars().all()
        log = connection.exec_driver_sql("SELECT entry FROM audit_log WHERE kind = 'contact.added'").scalars().all()
    assert len(rows) == 1
    assert log
    for secret in ("Erik", "Åkesson", "erik@example.se", "8123456", "9876"):
        assert secret.encode() not in bytes(rows[0])
        assert not any(secret in entry for entry in log)
    assert habo.exported("addressbook_contacts")[0]["sealed"]["email"] == "erik@example.se"


def test_a_query_in_the_wrong_tenant_finds_nothing(host: Host, habo: Any, region: Any) -> None:
    """Without any filter of the code, the database itself shows no other organisation's rows."""
    books.add(host, habo.case_worker, Book(), MARIA)
    for organisation_id, count in ((habo.id, 1), (region.id, 0), (None, 0)):
        with host.transaction(organisation_id) as connection:
            found = connection.exec_driver_sql("SELECT count(*) FROM addressbook_contacts").scalar_one()
        assert found == count


@pytest.mark.feature("B1", "B2", "B3")
def test_the_picker_sees_ones_own_books(host: Host, habo: Any) -> None:
    """The directory of contacts searches the person's and the mailbox's book, and says which is which."""
    books.add(host, habo.case_worker, Book(), MARIA)
    books.add(host, habo.colleague, Book(habo.mailbox.id), ERIK)
    directory = ContactDirectory(host)
    found = directory.search(habo.case_worker, habo.mailbox.id, "", 20)
    assert [(entry.address.name, entry.source) for entry in found] == [
        ("Maria Öberg", "Personlig kontakt"),
        ("Erik Åkesson", "Brevlådans kontakt"),
    ]
    assert [entry.address.name for entry in directory.search(habo.colleague, None, "", 20)] == []
    known = directory.find(habo.case_worker, "secure", "MARIA.oberg@example.se")
    assert known is not None
    assert known.address.value == "maria.oberg@example.se"
    assert directory.find(habo.colleague, "secure", "maria.oberg@example.se") is None
    wanted = [Address("secure", "erik@example.se")]
    (shared,) = directory.find_many(habo.case_worker, habo.mailbox.id, wanted)
    assert shared is not None
    assert shared.address.name == "Erik Åkesson"
    assert directory.find_many(habo.case_worker, None, wanted) == [None]


@given(st.fixed_dictionaries({name: st.text(max_size=30) for name in ("name", "email", "phone", "personnummer")}))
def test_any_form_is_judged(typed: dict[str, str]) -> None:
    """Whatever is typed ends in fields that survive sealing, or in a sentence."""
    with contextlib.suppress(Invalid):
        fields = checked(typed)
        assert unpack(pack(fields)) == fields


@pytest.mark.feature("E27", "T4")
@pytest.mark.parametrize("typed", ["08-765 43 21", "+46 (0)8 765 43 21", "0046 8 765 43 21"])
def test_a_fax_number_is_kept_in_one_form(host: Host, habo: Any, typed: str) -> None:
    """It is not mandatory; what is no number is told at its field."""
    assert books.add(host, habo.case_worker, Book(), MARIA | {"fax": typed}).fields.fax == "+4687654321"
    assert books.add(host, habo.case_worker, Book(), MARIA).fields.fax == ""
    with pytest.raises(Invalid) as caught:
        books.add(host, habo.case_worker, Book(), MARIA | {"fax": "12"})
    assert list(caught.value.fields) == ["fax"]


@pytest.mark.feature("E27")
def test_a_contact_is_found_for_each_kind_of_message(host: Host, habo: Any) -> None:
    """By e-mail address and by fax number, by any part of the name, the address or the numbers."""
    books.add(host, habo.case_worker, Book(), MARIA | {"fax": "08-765 43 21"})
    directory = ContactDirectory(host)
    for words in ("öberg", "4687654321", "maria.oberg"):
        matching = directory.search(habo.case_worker, habo.mailbox.id, words, 20)
        assert [(entry.address.transport, entry.address.value) for entry in matching] == [
            ("secure", "maria.oberg@example.se"),
            ("fax", "+4687654321"),
        ]
        assert {entry.source for entry in matching} == {"Personlig kontakt"}
