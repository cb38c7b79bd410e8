"""What an organisation decides about its address books."""

from collections.abc import Mapping
from typing import Any

import pytest

from budkavle import SettingsSection
from budkavle.accounts import write_settings
from budkavle.host import Host
from budkavle.model.errors import Forbidden
from budkavle.storage.platform import Platform
from budkavle.testing import SettingsSectionContract
from budkavle.testing.acting import in_work
from budkavle_addressbook.book_settings import ADMINISTRATORS, BookSettings
from budkavle_addressbook.contacts import books, favourites
from budkavle_addressbook.contacts.books import Book

MARIA = {"name": "Maria Öberg", "email": "maria.oberg@example.se", "phone": "070-123 45 67"}


def choose(host: Host, habo: Any, **values: object) -> None:
    in_work(host.platform, habo.administrator, write_settings, BookSettings, values)


@pytest.mark.feature("O9")
def test_the_shared_book_may_be_the_administrators(host: Host, habo: Any) -> None:
    """Members still read it; they neither add, change, remove, nor save recipients."""
    book, member, chief = Book(habo.mailbox.id), habo.case_worker, habo.mailbox_administrator
    made = books.add(host, member, book, MARIA)
    choose(host, habo, shared_by=ADMINISTRATORS)
    assert books.search(host, member, book) == [made]
    for do in (
        lambda: books.add(host, member, book, MARIA),
        lambda: books.change(host, member, book, made.id, MARIA),
        lambda: books.remove(host, member, book, [made.id]),
        lambda: favourites.save(host, member, habo.mailbox.id, "whatever"),
        lambda: favourites.remove(host, member, habo.mailbox.id, "whatever"),
    ):
        with pytest.raises(Forbidden, match="administratörer"):
            do()
    assert books.search(host, member, book) == [made]
    assert books.remove(host, chief, book, [made.id]) == 1
    books.add(host, member, Book(), MARIA)


@pytest.mark.feature("O9")
def test_own_contacts_may_be_switched_off(host: Host, habo: Any) -> None:
    """Those that exist are kept, and may be thrown away; the mailbox's go on."""
    made = books.add(host, habo.case_worker, Book(), MARIA)
    choose(host, habo, own_contacts=False)
    with pytest.raises(Forbidden, match="egna kontakter"):
        books.add(host, habo.case_worker, Book(), MARIA)
    with pytest.raises(Forbidden, match="egna kontakter"):
        books.change(host, habo.case_worker, Book(), made.id, MARIA)
    books.add(host, habo.case_worker, Book(habo.mailbox.id), MARIA)
    assert books.remove(host, habo.case_worker, Book(), [made.id]) == 1


class TestBookSettings(SettingsSectionContract):
    """The section keeps its promise."""

    @pytest.fixture
    def section(self, platform: Platform) -> SettingsSection[Any]:
        return platform.plugins.settings_sections["addressbook.books"]

    @pytest.fixture
    def changes(self) -> Mapping[str, object]:
        return {"shared_by": ADMINISTRATORS, "own_contacts": False}

    @pytest.fixture
    def wrong(self) -> Mapping[str, object]:
        return {"shared_by": "everybody", "own_contacts": "ja"}
