"""What the core requires of an address book."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from budkavle.model.messages import Address
from budkavle.model.people import Actor
from budkavle.plugins import conformance
from budkavle.plugins.calls import call
from budkavle.plugins.protocols.directory import Directory, Entry, FindsMany
from budkavle.storage.platform import Work
from budkavle.testing.contracts.base import Contract
from budkavle.testing.contracts.senders import SendersContract


class DirectoryContract(Contract, SendersContract):
    """What the core requires of an address book."""

    @pytest.fixture
    def directory(self) -> Directory:
        """Return the directory; to be overridden."""
        pytest.fail("a contract needs the fixture `directory`")

    @pytest.fixture
    def known(self) -> Entry:
        """Return an entry that the directory has; to be overridden."""
        pytest.fail("a contract needs the fixture `known`")

    @pytest.fixture
    def words(self, known: Entry) -> str:
        """Return words that find the entry; override for an address that is typed in full."""
        return str(known.address).split(maxsplit=1)[0]

    @pytest.fixture
    def unknown(self, known: Entry) -> Address:
        """Return an address that the directory does not have; override where `VALUE-not` could be one."""
        return replace(known.address, value=f"{known.address.value}-not")

    def test_it_keeps_the_promise(self, directory: Directory) -> None:
        """It has every attribute and method, with the right types."""
        assert [str(fault) for fault in conformance.faults("directories", directory)] == []

    def test_a_name_is_found_in_any_case(
        self, directory: Directory, actor: Actor, mailbox_id: UUID, known: Entry, words: str
    ) -> None:
        """A word of the name finds the entry, in capitals too."""
        for typed in (words, words.upper(), words.lower()):
            entries = call(directory.search, actor, mailbox_id, typed, 50)
            assert known.address.value.casefold() in {entry.address.value.casefold() for entry in entries}

    def test_no_more_than_asked_for(self, directory: Directory, actor: Actor, mailbox_id: UUID) -> None:
        """It respects the limit, with and without words."""
        for words in ("", "a"):
            assert len(call(directory.search, actor, mailbox_id, words, 1)) <= 1

    def test_odd_words_find_nothing_and_break_nothing(
        self, directory: Directory, actor: Actor, mailbox_id: UUID
    ) -> None:
        """Characters with a meaning in a query language are only letters."""
        for words in ("qzxw-nobody", "%", "_", "' OR 1=1 --", "\\", "(", "&|!:*"):
            assert isinstance(list(call(directory.search, actor, mailbox_id, words, 5)), list)
        assert not call(directory.search, actor, mailbox_id, "qzxw-nobody", 5)

    def test_an_address_is_found_exactly(
        self, directory: Directory, actor: Actor, known: Entry, unknown: Address
    ) -> None:
        """`find` returns the entry with that address and no other."""
        address = known.address
        entry = call(directory.find, actor, address.transport, address.value)
        assert entry is not None
        assert (entry.address.transport, entry.address.value) == (address.transport, address.value)
        assert call(directory.find, actor, unknown.transport, unknown.value) is None
        if isinstance(directory, FindsMany):
            assert call(directory.find_many, actor, None, [unknown, address]) == [None, entry]

    def test_a_strange_address_is_not_ours(self, directory: Directory, actor: Actor, work: Work) -> None:
        """An unknown address has no mailbox, and an unknown mailbox no address."""
        assert call(directory.mailbox, work, "nothing", "qzxw-nobody") is None
        assert call(directory.address, actor, uuid4(), "nothing") is None
