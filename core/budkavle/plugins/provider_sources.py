"""Identity providers that come and go while the installation runs: those that sources give, read anew now and then."""

import threading
from collections.abc import Callable, Sequence
from time import monotonic

import structlog

from budkavle.logs import describe
from budkavle.model.people import Identity
from budkavle.plugins.calls import call_within
from budkavle.plugins.protocols.identity_provider import ConnectedProvider, IdentityProvider, ProviderSource

FRESH = 2.0
"""Seconds for which what a source has given is believed; then another process may have changed it."""
SECONDS = 5.0
"""That a source has to answer."""
Judge = Callable[[IdentityProvider], Sequence[Exception]]
"""Says what is wrong with a provider."""
log = structlog.get_logger("budkavle.plugins.registry")


class ProviderSources:
    """The providers of all sources of one process.

    Args:
        sources: The sources, each with its plugin's name and what judges its providers.
    """

    def __init__(self, sources: Sequence[tuple[str, ProviderSource, Judge]]) -> None:
        self._sources = [_Source(*source) for source in sources]

    def providers(self) -> dict[str, IdentityProvider]:
        """Return the providers by which people may sign in, by name."""
        providers: dict[str, IdentityProvider] = {}
        for _, connection in self._connected():
            if connection.is_on:
                providers.setdefault(connection.provider.name, connection.provider)
        return providers

    def on_trial(self, name: str) -> IdentityProvider | None:
        """Return the provider to try: one that is not on, as changed settings of one that is, goes first."""
        named = [connection for _, connection in self._connected() if connection.provider.name == name]
        named.sort(key=lambda connection: connection.is_on)
        return named[0].provider if named else None

    def tried(self, name: str, identity: Identity) -> None:
        """Tell a provider's source what came out of a trial."""
        for source, connection in self._connected():
            if connection.provider.name == name:
                source.tried(name, identity)
                self.forget()
                return

    def forget(self) -> None:
        """Ask the sources anew at the next question: something has just changed in this process."""
        for source in self._sources:
            source.forget()

    def _connected(self) -> list[tuple["_Source", ConnectedProvider]]:
        return [(source, connection) for source in self._sources for connection in source.connections()]


class _Source:
    """One source, with what it gave last."""

    def __init__(self, plugin: str, source: ProviderSource, judge: Judge) -> None:
        self._plugin, self._source, self._judge = plugin, source, judge
        self._lock = threading.Lock()
        self._read_at: float | None = None
        self._sound: tuple[ConnectedProvider, ...] = ()
        self._judged: dict[int, tuple[IdentityProvider, bool]] = {}

    def connections(self) -> tuple[ConnectedProvider, ...]:
        """Return the providers that keep the Protocol."""
        with self._lock:
            if self._read_at is None or monotonic() - self._read_at > FRESH:
                self._read()
                self._read_at = monotonic()
            return self._sound

    def tried(self, name: str, identity: Identity) -> None:
        """Tell it what came out of a trial."""
        call_within(SECONDS, self._plugin, self._source.tried, name, identity)

    def forget(self) -> None:
        """Ask it anew at the next question."""
        with self._lock:
            self._read_at = None

    def _read(self) -> None:
        try:
            connections = tuple(call_within(SECONDS, self._plugin, self._source.connections))
            self._sound = tuple(connection for connection in connections if self._is_sound(connection.provider))
        except Exception as error:  # noqa: BLE001 (a plugin may raise anything, and fails alone)
            log.error("plugin.failed", plugin=self._plugin, hook="provider_sources", **describe(error))  # noqa: TRY400 - it may hold content
            return
        alive = {id(connection.provider) for connection in connections}
        self._judged = {key: judged for key, judged in self._judged.items() if key in alive}

    def _is_sound(self, provider: IdentityProvider) -> bool:
        """Judge a provider once; one that does not keep its promise is left out, and logged."""
        judged = self._judged.get(id(provider))
        if judged is None or judged[0] is not provider:
            faults = self._judge(provider)
            for fault in faults:
                log.error("plugin.failed", plugin=self._plugin, hook="provider_sources", **describe(fault))
            self._judged[id(provider)] = (provider, not faults)
        return self._judged[id(provider)][1]
