"""Creates the providers of OpenID Connect, SAML, passkeys and SITHS cards from the settings."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from litestar import Router

from budkavle import BudkavleError, Health, Host, IdentityProvider, Job, Misconfigured
from budkavle_eid.claims import Refused, log
from budkavle_eid.health import certificate
from budkavle_eid.settings import EidSettings
from budkavle_eid.single_use import OnceTable

# Importing a standard's libraries takes up to a second, so only those that the settings use are imported.
if TYPE_CHECKING:
    from budkavle_eid.oidc.provider import OidcProvider
    from budkavle_eid.passkey.provider import PasskeyProvider
    from budkavle_eid.saml.provider import SamlProvider
    from budkavle_eid.siths.provider import SithsProvider


@dataclass(frozen=True, slots=True)
class Standards:
    """The providers, by standard."""

    host: Host
    once: OnceTable
    oidc: "tuple[OidcProvider, ...]"
    saml: "tuple[SamlProvider, ...]"
    passkeys: "tuple[PasskeyProvider, ...]"
    siths: "tuple[SithsProvider, ...]"

    def providers(self) -> list[IdentityProvider]:
        """Return all providers."""
        return [*self.oidc, *self.saml, *self.passkeys, *self.siths]

    def routes(self) -> Iterator[Router]:
        """Return the routes of all providers."""
        if self.saml:
            from budkavle_eid.saml import provider as saml

            yield saml.routes(self.saml)
        if self.passkeys:
            from budkavle_eid.passkey import pages

            yield pages.routes(self.passkeys)
        if self.siths:
            from budkavle_eid.siths import provider as siths

            yield siths.routes(self.siths)

    def jobs(self) -> Iterator[Job]:
        """Return the periodic jobs: refreshing metadata, deleting used assertions."""
        yield Job("once", self.once.sweep, timedelta(minutes=30))
        hours = min((provider.source.hours for provider in self.saml if provider.source.hours), default=None)
        if hours:
            yield Job("metadata", self.refresh, timedelta(hours=hours))

    def refresh(self) -> int:
        """Refresh every provider's metadata; a failure of one does not affect the others."""
        for provider in self.saml:
            try:
                provider.source.refresh()
            except Refused as refused:
                log.warning("eid.saml.metadata", provider=provider.name, reason=refused.reason)
        return 0

    def health(self, organisation_id: UUID | None) -> list[Health]:
        """Report the state of the providers; an organisation has none of its own."""
        return list(self._health()) if organisation_id is None else []

    def health_of_cards(self, organisation_id: UUID | None) -> list[Health]:
        """Report the state of the proxies for SITHS cards; an organisation has none of its own."""
        return [health for card in self.siths for health in card.health()] if organisation_id is None else []

    def _health(self) -> Iterator[Health]:
        for provider in self.oidc:
            yield provider.health()
        if self.saml:
            from budkavle_eid.saml.metadata import health as saml_health

            yield from saml_health([provider.source for provider in self.saml])
            for connection in self.host.settings.saml:
                yield certificate(connection.label, connection.certificate, "")
        for passkey in self.passkeys:
            yield from _passkey(passkey)


def _passkey(provider: "PasskeyProvider") -> Iterator[Health]:
    try:
        parameters = {"host": provider.rp_id}
        yield Health("Passkeys", True, "Passkeys hör till {host}.", facts=parameters)
    except BudkavleError as error:
        yield Health("Passkeys", False, error.message, "Rätta base_url.", error.facts)


@lru_cache(maxsize=8)
def standards(host: Host) -> Standards:
    """Create the providers of a host once, so that caches are shared.

    Raises:
        Misconfigured: The settings of one contradict each other.
    """
    settings: EidSettings = host.settings
    if len(settings.passkey) > 1:
        raise Misconfigured("Det kan bara finnas en [[plugins.eid.passkey]].")
    once = OnceTable(host)
    return Standards(
        host,
        once,
        _oidc(settings, once),
        _saml(settings, host, once),
        _passkeys(settings, host),
        _siths(settings, host, once),
    )


def _oidc(settings: EidSettings, once: OnceTable) -> "tuple[OidcProvider, ...]":
    if not settings.oidc:
        return ()
    from budkavle_eid.oidc.provider import OidcProvider

    return tuple(OidcProvider(connection, once) for connection in settings.oidc)


def _saml(settings: EidSettings, host: Host, once: OnceTable) -> "tuple[SamlProvider, ...]":
    if not settings.saml:
        return ()
    from budkavle_eid.saml.provider import SamlProvider

    def base_url() -> str:
        return host.platform.settings.base_url

    return tuple(SamlProvider(connection, base_url, host.data / "saml", once) for connection in settings.saml)


def _passkeys(settings: EidSettings, host: Host) -> "tuple[PasskeyProvider, ...]":
    if not settings.passkey:
        return ()
    from budkavle_eid.passkey.provider import PasskeyProvider

    return tuple(PasskeyProvider(connection, host) for connection in settings.passkey)


def _siths(settings: EidSettings, host: Host, once: OnceTable) -> "tuple[SithsProvider, ...]":
    if not settings.siths:
        return ()
    from budkavle_eid.siths.provider import SithsProvider

    return tuple(SithsProvider(connection, host, once) for connection in settings.siths)
