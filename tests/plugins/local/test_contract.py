"""The transport and the address book pass the contracts that every one must."""

from dataclasses import replace
from typing import Any

import pytest

from budkavle import Actor, Address, Directory, Entry, FunctionMailbox, Transport
from budkavle.accounts.mailboxes import insert_mailbox
from budkavle.testing import MAILBOX, DirectoryContract, TransportContract


@pytest.mark.feature("PL6")
class TestLocal(TransportContract):
    @pytest.fixture
    def actor(self, neighbours: Any) -> Actor:
        """Somebody of an organisation that has the contract's mailbox."""
        actor: Actor = neighbours.actor("anna")
        with neighbours.platform.work(actor) as work:
            insert_mailbox(work.connection, FunctionMailbox(MAILBOX, actor.organisation_id, "Socialtjänsten"))
        return actor

    @pytest.fixture
    def transport(self, neighbours: Any) -> Transport:
        """The plugin's own, as the installation has it."""
        transport: Transport = neighbours.platform.plugins.transports["local"]
        return transport

    @pytest.fixture
    def recipient(self, neighbours: Any) -> Address:
        """Somebody of another organisation."""
        address: Address = neighbours.address("eva")
        return address


@pytest.mark.feature("PL6")
class TestPeople(DirectoryContract):
    @pytest.fixture
    def actor(self, neighbours: Any) -> Actor:
        """Anna."""
        actor: Actor = neighbours.actor("anna")
        return actor

    @pytest.fixture
    def directory(self, neighbours: Any) -> Directory:
        """The plugin's own, as the installation has it."""
        directory: Directory = neighbours.platform.plugins.directories["people"]
        return directory

    @pytest.fixture
    def known(self, neighbours: Any) -> Entry:
        """Her colleagues' function mailbox."""
        mailbox = neighbours.mailboxes["Björkvik"]
        return Entry(Address("local", str(mailbox.id), mailbox.name, "Björkvik"))


def test_whole_addresses_alone_lead_to_other_organisations(neighbours: Any) -> None:
    """A colleague is found by a word; somebody of another organisation by the whole e-mail address, in capitals too."""
    directory, anna = neighbours.platform.plugins.directories["people"], neighbours.actor("anna")
    assert [entry.address.name for entry in directory.search(anna, None, "anna", 5)] == ["Anna Ek"]
    for words in ("eva", "holm", "sjövik", "eva@", "@sjovik.se"):
        assert directory.search(anna, None, words, 5) == []
    (entry,) = directory.search(anna, None, " EVA@sjovik.se ", 5)
    assert entry == Entry(Address("secure", "eva@sjovik.se", "Eva Holm", "Sjövik"), source="Har konto här")
    known = directory.find(anna, "secure", "EVA@sjovik.se")
    assert known.address == replace(neighbours.address("eva"), organisation="Sjövik")


def test_a_mailbox_is_not_offered_to_itself(neighbours: Any) -> None:
    """Who writes from the registrars' mailbox does not find it as a recipient."""
    directory, anna = neighbours.platform.plugins.directories["people"], neighbours.actor("anna")
    mailbox = neighbours.mailboxes["Björkvik"]
    assert [entry.address.value for entry in directory.search(anna, None, "registr", 5)] == [str(mailbox.id)]
    assert directory.search(anna, mailbox.id, "registr", 5) == []
