"""The identity providers of the connections that are made on a page."""

import hashlib
import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from budkavle import BudkavleError, Host, Identity, IdentityProvider
from budkavle.identification import ConnectedProvider
from budkavle_eid.app_providers import bankid_provider, freja_provider
from budkavle_eid.connections.kinds import settings_of
from budkavle_eid.connections.store import Connections, Trial
from budkavle_eid.settings import BankIdSettings, FrejaSettings, OidcSettings, SamlSettings
from budkavle_eid.single_use import OnceTable

_OLD = 3600.0
"""Seconds after which unused files are deleted."""


class ConnectionSource:
    """Creates the providers, and recreates them when a connection has been changed, in this process or another.

    Args:
        host: The plugin's host.
    """

    name = "eid"

    def __init__(self, host: Host) -> None:
        self._host, self._stored = host, Connections(host)
        self._lock = threading.Lock()
        self._version: tuple[object, ...] | None = None
        self._made: dict[str, ConnectedProvider] = {}
        self._changed_at: dict[str, datetime] = {}

    def connections(self) -> Sequence[ConnectedProvider]:
        """Return the provider of each connection, and of each draft."""
        version = self._stored.version()
        with self._lock:
            if version != self._version:
                self._read()
                self._version = version
            return list(self._made.values())

    def tried(self, provider: str, identity: Identity) -> None:
        """Store the result of a trial: the level, the name, and which attributes there were."""
        attributes = tuple(sorted(name for name, value in identity.attributes.items() if value))
        trial = Trial(time.time(), int(identity.loa), identity.attributes.get("name", ""), attributes)
        with self._lock:
            changed_at = self._changed_at.get(provider)
        if changed_at:
            self._stored.keep_trial(provider, trial, changed_at)

    def _read(self) -> None:
        providers: dict[str, ConnectedProvider] = {}
        all_stored = self._stored.all()
        for stored in all_stored:
            for values, is_on in ((stored.active, True), (stored.draft, False)):
                if values is None:
                    continue
                key = f"{is_on}:{fingerprint(stored.kind, values)}"
                connected = self._made.get(key) or self._connect(stored.kind, values, is_on=is_on)
                if connected:
                    providers[key] = connected
        self._made = providers
        self._changed_at = {stored.name: stored.changed_at for stored in all_stored}
        self._sweep({key.partition(":")[2] for key in providers})

    def _connect(self, kind: str, values: Mapping[str, str], *, is_on: bool) -> ConnectedProvider | None:
        """Create a provider; None if its settings are no longer valid, so that the others still work."""
        try:
            return ConnectedProvider(provider_of(self._host, kind, values), is_on)
        except BudkavleError as error:
            details = {"provider": values.get("name", ""), "error": type(error).__name__}
            self._host.log.error("eid.connection", **details)  # noqa: TRY400 - no content in logs
            return None

    def _sweep(self, used: set[str]) -> None:
        """Delete the files of connections that have been changed or deleted."""
        for folder in files_of(self._host).glob("*"):
            # Another process on this machine may have just written the files of a newer connection.
            if folder.name not in used and time.time() - folder.stat().st_mtime > _OLD:
                shutil.rmtree(folder, ignore_errors=True)


def provider_of(host: Host, kind: str, values: Mapping[str, str]) -> IdentityProvider:
    """Create the provider of a connection.

    Raises:
        Invalid: A required field is empty or invalid.
        Misconfigured: The values contradict each other, or a file is invalid.
    """
    settings = settings_of(kind, values, files_of(host) / fingerprint(kind, values))
    if isinstance(settings, BankIdSettings):
        return bankid_provider(host, settings)
    if isinstance(settings, FrejaSettings):
        return freja_provider(host, settings)
    if isinstance(settings, OidcSettings):
        from budkavle_eid.oidc.provider import OidcProvider  # slow to import, and few installations use both

        return OidcProvider(settings, OnceTable(host))
    if not isinstance(settings, SamlSettings):
        raise TypeError(kind)
    from budkavle_eid.saml.provider import SamlProvider

    return SamlProvider(settings, lambda: host.platform.settings.base_url, host.data / "saml", OnceTable(host))


def files_of(host: Host) -> Path:
    """Return the folder for files that libraries read: certificates, and keys encrypted with a passphrase."""
    return host.data / "connections"


def fingerprint(kind: str, values: Mapping[str, str]) -> str:
    """Return a hash of a connection's values."""
    return hashlib.sha256(msgspec.json.encode([kind, sorted(values.items())])).hexdigest()[:32]
