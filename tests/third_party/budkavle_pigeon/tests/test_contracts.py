"""The pigeon keeps the contracts of the platform."""

from collections.abc import Callable, Mapping
from uuid import uuid4

import budkavle_pigeon
import pytest

from budkavle import Address, Directory, Entry, IdentityProvider, Platform, ReceiptHandler, Transport
from budkavle.testing import (
    MAILBOX,
    ORGANISATION,
    DirectoryContract,
    IdentityProviderContract,
    ReceiptHandlerContract,
    TransportContract,
    untranslated,
)

SECTION = {
    "lofts": {"loft 7": "Habo duvslag"},
    "homes": {"loft 1": [str(ORGANISATION), str(MAILBOX)]},
    "rings": {"SE-7": "anna"},
}


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    return budkavle_open(enabled=("pigeon",), plugins={"pigeon": SECTION})


class TestPigeons(TransportContract):
    @pytest.fixture
    def transport(self, platform: Platform) -> Transport:
        return platform.plugins.transports["pigeon"]

    @pytest.fixture
    def recipient(self) -> Address:
        return Address("pigeon", "loft 7")


class TestLofts(DirectoryContract):
    @pytest.fixture
    def directory(self, platform: Platform) -> Directory:
        return platform.plugins.directories["lofts"]

    @pytest.fixture
    def known(self) -> Entry:
        return Entry(Address("pigeon", "loft 7", name="Habo duvslag"))


class TestRingAsIdentity(IdentityProviderContract):
    @pytest.fixture
    def provider(self, platform: Platform) -> IdentityProvider:
        return platform.plugins.identity_providers["ring"]

    @pytest.fixture
    def answers(self) -> tuple[Mapping[str, str], ...]:
        return ({"ring": "SE-7"},)


class TestRings(ReceiptHandlerContract):
    @pytest.fixture
    def handler(self, platform: Platform) -> ReceiptHandler:
        return platform.plugins.receipt_handlers["pigeon"]

    @pytest.fixture
    def words(self) -> bytes:
        return f"ring {uuid4()} landed 2026-05-01T12:00:00+02:00".encode()


def test_everything_it_says_has_its_english() -> None:
    """In Python and in templates."""
    assert untranslated(budkavle_pigeon) == []
