"""The fakes of `budkavle.testing` pass the contracts that they stand in for."""

from collections.abc import Mapping

import pytest

from budkavle.model.errors import Temporary
from budkavle.model.messages import Address, Outgoing
from budkavle.plugins.protocols.directory import Entry
from budkavle.storage.platform import Work
from budkavle.testing.contracts import (
    MAILBOX,
    ORGANISATION,
    DirectoryContract,
    IdentityProviderContract,
    TransportContract,
)
from budkavle.testing.fakes import FakeDirectory, FakeIdentityProvider, FakeTransport


@pytest.mark.feature("PL6")
class TestFakeTransport(TransportContract):
    @pytest.fixture
    def transport(self) -> FakeTransport:
        return FakeTransport()

    @pytest.fixture
    def recipient(self) -> Address:
        return Address("fake", "somebody")

    def test_a_failure_that_was_asked_for_is_raised_once(self, transport: FakeTransport, outgoing: Outgoing) -> None:
        """After it the delivery goes, and is carried once however often it comes."""
        transport.failures.append(Temporary("Peer sover"))
        with pytest.raises(Temporary):
            transport.send(outgoing)
        transport.send(outgoing)
        transport.send(outgoing)
        assert len(transport.tries) == 3
        assert [carried.body for carried in transport.carried.values()] == ["Hej!\n\nSe bilagan."]


@pytest.mark.feature("PL6")
class TestFakeDirectory(DirectoryContract):
    @pytest.fixture
    def known(self) -> Entry:
        return Entry(Address("fake", "1", name="Elevhälsan", organisation="Habo kommun"), keywords=("skola",))

    @pytest.fixture
    def directory(self, known: Entry) -> FakeDirectory:
        return FakeDirectory(entries=[known], ours={Address("fake", "2"): (ORGANISATION, MAILBOX)})

    def test_an_address_of_ours_leads_to_its_mailbox(self, directory: FakeDirectory, work: Work) -> None:
        """The link goes both ways."""
        assert directory.mailbox(work, "fake", "2") == (ORGANISATION, MAILBOX)


@pytest.mark.feature("PL6")
class TestFakeIdentityProvider(IdentityProviderContract):
    @pytest.fixture
    def provider(self) -> FakeIdentityProvider:
        return FakeIdentityProvider()

    @pytest.fixture
    def answers(self) -> tuple[Mapping[str, str], ...]:
        return ({"code": "1234"},)
