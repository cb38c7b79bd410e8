"""The transport and the address book pass the contracts that every one must."""

from dataclasses import replace
from time import process_time
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
        actor: Actor = neighbours.writer
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
        address: Address = neighbours.address()
        return address


@pytest.mark.feature("PL6")
class TestPeople(DirectoryContract):
    @pytest.fixture
    def actor(self, neighbours: Any) -> Actor:
        """Who writes."""
        actor: Actor = neighbours.writer
        return actor

    @pytest.fixture
    def directory(self, neighbours: Any) -> Directory:
        """The plugin's own, as the installation has it."""
        directory: Directory = neighbours.platform.plugins.directories["people"]
        return directory

    @pytest.fixture
    def known(self, neighbours: Any) -> Entry:
        """A function mailbox of the organisation."""
        mailbox = neighbours.organisation.mailbox
        return Entry(Address("local", str(mailbox.id), mailbox.name))


def test_whole_addresses_alone_lead_to_other_organisations(neighbours: Any) -> None:
    """A colleague is found by a word; somebody of another organisation by the whole e-mail address, in capitals too."""
    directory, writer, reader = neighbours.platform.plugins.directories["people"], neighbours.writer, neighbours.reader
    assert [entry.address.name for entry in directory.search(writer, None, "ada", 5)] == [writer.name]
    name, _, domain = reader.email.partition("@")
    for words in (name, reader.name, domain, f"{name}@", f"@{domain}"):
        assert directory.search(writer, None, words, 5) == []
    (entry,) = directory.search(writer, None, f" {reader.email.upper()} ", 5)
    organisation = neighbours.other_organisation.name
    assert entry == Entry(Address("secure", reader.email, reader.name, organisation), source="Har konto här")
    known = directory.find(writer, "secure", reader.email.upper())
    assert known.address == replace(neighbours.address(), organisation=organisation)


def test_a_long_text_is_no_more_work_than_its_length(neighbours: Any) -> None:
    """Whatever somebody types: most of it is no address, and that is known at once."""
    directory, writer = neighbours.platform.plugins.directories["people"], neighbours.writer
    for part in (".", "a."):
        before = process_time()
        assert directory.search(writer, None, f"a@{part * 30_000}@", 5) == []
        assert process_time() - before < 20


def test_a_mailbox_is_not_offered_to_itself(neighbours: Any) -> None:
    """Who writes from a function mailbox does not find it as a recipient."""
    directory, writer = neighbours.platform.plugins.directories["people"], neighbours.writer
    mailbox = neighbours.organisation.mailbox
    assert [entry.address.value for entry in directory.search(writer, None, "social", 5)] == [str(mailbox.id)]
    assert directory.search(writer, mailbox.id, "social", 5) == []
