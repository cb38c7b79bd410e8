"""Makes the providers of OpenID Connect, SAML, passkeys and SITHS cards from the settings, and what belongs to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from litestar import Router

from budkavle import BudkavleError, Health, Host, IdentityProvider, Job, Misconfigured
from budkavle_eid import passkey_pages, saml, siths
from budkavle_eid.claims import Refused, log
from budkavle_eid.oidc import OidcProvider
from budkavle_eid.once import OnceTable
from budkavle_eid.passkey import PasskeyProvider
from budkavle_eid.saml import SamlProvider
from budkavle_eid.saml_metadata import health as saml_health
from budkavle_eid.settings import EidSettings
from budkavle_eid.siths import SithsProvider


@dataclass(frozen=True, slots=True)
class Standards:
    """The providers, put together."""

    once: OnceTable
    oidc: tuple[OidcProvider, ...]
    saml: tuple[SamlProvider, ...]
    passkeys: tuple[PasskeyProvider, ...]
    siths: tuple[SithsProvider, ...]

    def providers(self) -> list[IdentityProvider]:
        """Return them all."""
        return [*self.oidc, *self.saml, *self.passkeys, *self.siths]

    def routes(self) -> list[Router]:
        """Return their pages."""
        return [saml.routes(self.saml), passkey_pages.routes(self.passkeys), siths.routes(self.siths)]

    def jobs(self) -> Iterator[Job]:
        """Return what is done again and again: metadata read anew, used assertions forgotten."""
        yield Job("once", self.once.sweep, timedelta(minutes=30))
        hours = min((one.source.hours for one in self.saml if one.source.hours), default=None)
        if hours:
            yield Job("metadata", self.refresh, timedelta(hours=hours))

    def refresh(self) -> int:
        """Read every provider's metadata anew; one that fails leaves the others alone."""
        for one in self.saml:
            try:
                one.source.refresh()
            except Refused as refused:
                log.warning("eid.saml.metadata", provider=one.name, reason=refused.reason)
        return 0

    def health(self, organisation_id: UUID | None) -> list[Health]:
        """Say how they are; an organisation has none of its own."""
        return list(self._health()) if organisation_id is None else []

    def _health(self) -> Iterator[Health]:
        if self.saml:
            yield from saml_health([one.source for one in self.saml])
        for card in self.siths:
            yield from card.health()
        for passkey in self.passkeys:
            yield from _passkey(passkey)


def _passkey(provider: PasskeyProvider) -> Iterator[Health]:
    try:
        facts = {"host": provider.rp_id}
        yield Health("Passkeys", True, "Passkeys hör till {host}.", facts=facts)
    except BudkavleError as error:
        yield Health("Passkeys", False, error.message, "Rätta base_url.", error.facts)


@lru_cache(maxsize=8)
def standards(host: Host) -> Standards:
    """Put the providers together for one host, once: what is remembered is remembered for all of them.

    Raises:
        Misconfigured: The settings of one contradict themselves.
    """
    settings: EidSettings = host.settings
    if len(settings.passkey) > 1:
        raise Misconfigured("Det kan bara finnas en [[plugins.eid.passkey]].")
    once = OnceTable(host)
    return Standards(
        once,
        tuple(OidcProvider(one) for one in settings.oidc),
        tuple(
            SamlProvider(one, lambda: host.platform.settings.base_url, host.data / "saml", once)
            for one in settings.saml
        ),
        tuple(PasskeyProvider(one, host) for one in settings.passkey),
        tuple(SithsProvider(one, host, once) for one in settings.siths),
    )
