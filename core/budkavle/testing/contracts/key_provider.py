"""What the core requires of a key provider."""

import os
from collections.abc import Callable

import pytest

from budkavle.model.errors import Damaged
from budkavle.plugins import conformance
from budkavle.plugins.calls import call
from budkavle.plugins.protocols.key_provider import KeyProvider
from budkavle.testing.contracts.base import NAME

AAD = b"budkavle|organisation-key|0b0b0b0b-0000-4000-8000-000000000001|1"


class KeyProviderContract:
    """What the core requires of a key provider.

    Provide `provider`; `reopened`, which returns another object for the same key, as in another process; and
    `stranger`, a provider of the same kind with another key.
    """

    @pytest.fixture
    def provider(self) -> KeyProvider:
        """Return the key provider; to be overridden."""
        pytest.fail("a contract needs the fixture `provider`")

    @pytest.fixture
    def reopened(self) -> Callable[[], KeyProvider]:
        """Return a function that makes another object for the same key; to be overridden."""
        pytest.fail("a contract needs the fixture `reopened`")

    @pytest.fixture
    def stranger(self) -> KeyProvider:
        """Return a provider of the same kind with another key; to be overridden."""
        pytest.fail("a contract needs the fixture `stranger`")

    @pytest.fixture
    def key(self) -> bytes:
        """Return a key to wrap."""
        return os.urandom(32)

    def test_it_keeps_the_promise(self, provider: KeyProvider) -> None:
        """It has a name for the settings, and its methods take the arguments that they are called with."""
        assert [str(fault) for fault in conformance.faults("key_providers", provider)] == []
        assert NAME.match(provider.name)

    def test_what_it_wraps_it_opens(
        self, provider: KeyProvider, reopened: Callable[[], KeyProvider], key: bytes
    ) -> None:
        """Now, and later in another process."""
        wrapped = call(provider.wrap, key, AAD)
        assert isinstance(wrapped, bytes)
        assert call(provider.unwrap, wrapped, AAD) == key
        assert call(reopened().unwrap, wrapped, AAD) == key

    def test_the_wrapped_key_does_not_show_the_key(self, provider: KeyProvider, key: bytes) -> None:
        """The database stores the wrapped key, so the key itself must not be visible in it."""
        wrapped = call(provider.wrap, key, AAD)
        assert key not in wrapped
        assert key.hex().encode() not in wrapped

    def test_it_opens_for_nothing_else(self, provider: KeyProvider, key: bytes) -> None:
        """A key that is moved to another organisation's row does not unwrap there."""
        wrapped = call(provider.wrap, key, AAD)
        for other in (b"", AAD[:-1] + b"2", AAD + b"1"):
            with pytest.raises(Damaged):
                call(provider.unwrap, wrapped, other)

    def test_nobody_else_opens_it(self, provider: KeyProvider, stranger: KeyProvider, key: bytes) -> None:
        """Another key of the same kind does not unwrap it."""
        with pytest.raises(Damaged):
            call(stranger.unwrap, call(provider.wrap, key, AAD), AAD)

    def test_what_was_altered_does_not_open(self, provider: KeyProvider, key: bytes) -> None:
        """One flipped bit, a truncated value, extra bytes, nonsense."""
        wrapped = call(provider.wrap, key, AAD)
        flipped = bytes([wrapped[0] ^ 1]) + wrapped[1:]
        last = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
        for altered in (flipped, last, wrapped[:-1], wrapped + b"\0", b"", b"nonsense", os.urandom(40)):
            with pytest.raises(Damaged):
                call(provider.unwrap, altered, AAD)
