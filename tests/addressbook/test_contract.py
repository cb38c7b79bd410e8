"""The address books pass the contract that every directory must (feature PL6)."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from budkavle import Actor, Address, Directory, Entry, Host, Work
from budkavle.testing.contracts import DirectoryContract
from budkavle_addressbook.contacts import books
from budkavle_addressbook.contacts.books import Book
from budkavle_addressbook.directory import ContactDirectory, NationalDirectory


class _OfAnna(DirectoryContract):
    @pytest.fixture
    def actor(self, habo: Any) -> Actor:
        anna: Actor = habo.case_worker
        return anna

    @pytest.fixture
    def work(self, host: Host, actor: Actor) -> Iterator[Work]:
        with host.work(actor) as work:
            yield work

    @pytest.fixture
    def mailbox_id(self, habo: Any) -> UUID:
        mailbox_id: UUID = habo.mailbox.id
        return mailbox_id


@pytest.mark.feature("PL6", "AB2")
class TestNational(_OfAnna):
    @pytest.fixture
    def directory(self, copied: Host) -> Directory:
        return NationalDirectory(copied)

    @pytest.fixture
    def known(self) -> Entry:
        return Entry(Address("sdk", "SE2120000241-0001", name="Registrator", organisation="Håbo kommun"))


@pytest.mark.feature("PL6", "AB2")
class TestContacts(_OfAnna):
    @pytest.fixture
    def directory(self, host: Host, known: Entry, actor: Actor) -> Directory:
        typed = {"name": known.address.name, "email": known.address.value, "phone": "070-123 45 67"}
        books.add(host, actor, Book(), typed)
        return ContactDirectory(host)

    @pytest.fixture
    def known(self) -> Entry:
        return Entry(Address("secure", "maria.oberg@example.se", name="Maria Öberg"))
