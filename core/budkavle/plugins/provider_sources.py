"""Identity providers that are added and removed at run time: those of the sources, which are polled."""

import threading
from collections.abc import Callable, Sequence
from time import monotonic

import structlog

from budkavle.logs import describe
from budkavle.model.people import Identity
from budkavle.plugins.breakers import Called
from budkavle.plugins.protocols.identity_provider import ConnectedProvider, IdentityProvider, ProviderSource
from budkavle.plugins.walls import Walls

FRESH = 2.0
"""Seconds for which a source's result is used; after that another process may have changed it."""
SECONDS = 5.0
"""Timeout of a source, in seconds."""
KIND = "provider_sources"
Judge = Callable[[IdentityProvider], Sequence[Exception]]
"""Returns what is wrong with a provider."""
log = structlog.get_logger("budkavle.plugins.registry")


class ProviderSources:
    """The providers of all sources of one process.

    Args:
        sources: The sources, each with its plugin's name and a function that checks its providers.
        walls: Makes the calls.
    """

    def __init__(self, sources: Sequence[tuple[str, ProviderSource, Judge]], walls: Walls) -> None:
        self._sources = [_Source(walls, *source) for source in sources]

    def owner(self, name: str) -> str:
        """Return the plugin whose source has the provider of this name; the name itself if there is none."""
        owners = (source.plugin for source, connection in self._connected() if connection.provider.name == name)
        return next(owners, name)

    def providers(self) -> dict[str, IdentityProvider]:
        """Return the providers for signing in, by name."""
        providers: dict[str, IdentityProvider] = {}
        for _, connection in self._connected():
            if connection.is_on:
                providers.setdefault(connection.provider.name, connection.provider)
        return providers

    def on_trial(self, name: str) -> IdentityProvider | None:
        """Return the provider to try: one that is not on, such as changed settings of an active one, comes first."""
        named = [connection for _, connection in self._connected() if connection.provider.name == name]
        named.sort(key=lambda connection: connection.is_on)
        return named[0].provider if named else None

    def tried(self, name: str, identity: Identity) -> None:
        """Tell a provider's source the result of a trial."""
        for source, connection in self._connected():
            if connection.provider.name == name:
                source.tried(name, identity)
                self.forget()
                return

    def forget(self) -> None:
        """Call the sources again at the next use, because something has just changed in this process."""
        for source in self._sources:
            source.forget()

    def _connected(self) -> list[tuple["_Source", ConnectedProvider]]:
        return [(source, connection) for source in self._sources for connection in source.connections()]


class _Source:
    """One source, with its last result."""

    def __init__(self, walls: Walls, plugin: str, source: ProviderSource, judge: Judge) -> None:
        self.plugin, self._walls, self._source, self._judge = plugin, walls, source, judge
        self._lock = threading.Lock()
        self._read_at: float | None = None
        self._sound: tuple[ConnectedProvider, ...] = ()
        self._judged: dict[int, tuple[IdentityProvider, bool]] = {}

    def connections(self) -> tuple[ConnectedProvider, ...]:
        """Return the providers that satisfy the Protocol."""
        with self._lock:
            if self._read_at is None or monotonic() - self._read_at > FRESH:
                self._read()
                self._read_at = monotonic()
            return self._sound

    def tried(self, name: str, identity: Identity) -> None:
        """Tell it the result of a trial."""
        called = Called(self.plugin, KIND, f"{self._source.name}.tried")
        self._walls.ask(called, SECONDS, self._source.tried, name, identity)

    def forget(self) -> None:
        """Call it again at the next use."""
        with self._lock:
            self._read_at = None

    def _read(self) -> None:
        try:
            called = Called(self.plugin, KIND, f"{self._source.name}.connections")
            connections = tuple(self._walls.ask(called, SECONDS, self._source.connections))
            self._sound = tuple(connection for connection in connections if self._is_sound(connection.provider))
        except Exception as error:  # noqa: BLE001 (a plugin may raise anything; its failure affects no other)
            log.error("plugin.failed", plugin=self.plugin, hook=KIND, **describe(error))  # noqa: TRY400 - it may hold content
            return
        alive = {id(connection.provider) for connection in connections}
        self._judged = {key: judged for key, judged in self._judged.items() if key in alive}

    def _is_sound(self, provider: IdentityProvider) -> bool:
        """Check a provider once; one that does not satisfy its Protocol is left out, and logged."""
        judged = self._judged.get(id(provider))
        if judged is None or judged[0] is not provider:
            faults = self._judge(provider)
            for fault in faults:
                log.error("plugin.failed", plugin=self.plugin, hook=KIND, **describe(fault))
            self._judged[id(provider)] = (provider, not faults)
        return self._judged[id(provider)][1]
