"""Processes of one installation, each with the key file, and with or without a plugin that has a key provider."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from msgspec.structs import replace

from budkavle.host import host_of
from budkavle.operations.key_moves import moving
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.keys import decrypt, encrypt
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing.plugins import offer, plugin_module


class Safe:
    """A key provider that works until it is told not to."""

    name = "safe"

    def __init__(self) -> None:
        self.key = b"k" * 32
        self.fault: Exception | None = None
        self.last = 1_000
        """After this many calls it forgets what it has wrapped."""

    def wrap(self, key: bytes, aad: bytes) -> bytes:
        return encrypt(self.key, self._asked(key), aad)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        plain = decrypt(self.key, self._asked(wrapped), aad)
        return plain if self.last >= 0 else plain[::-1]

    def _asked(self, value: bytes) -> bytes:
        self.last -= 1
        if self.fault:
            raise self.fault
        return value


@pytest.fixture
def safe() -> Safe:
    return Safe()


@pytest.fixture
def opens(budkavle_settings: Settings, safe: Safe) -> Iterator[Callable[..., Platform]]:
    """Open the installation as a process does: `opens("file")`, or `opens("file", plugin=False)` without the safe."""
    with ExitStack() as opened:

        def open_(key_provider: str, *, plugin: bool = True, node: str = "") -> Platform:
            enabled = ("vault",) if plugin else ()
            settings = replace(budkavle_settings, enabled=enabled, key_provider=key_provider, node=node)
            plugins = Plugins.load(settings, offer(vault=plugin_module("vault", key_providers=lambda: [safe])))
            plugins.start(lambda plugin: host_of(plugin, settings, pytest.fail))
            return opened.enter_context(closing(open_platform(settings, plugins)))

        yield open_


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the processes' checks follow each other without a pause."""
    monkeypatch.setattr(moving, "ASKING", 0.001)
