"""The identity providers of an installation, and which of them an organisation has chosen."""

from collections.abc import Iterable

from budkavle.identification.password_provider import PasswordProvider
from budkavle.model.loa import Loa
from budkavle.model.people import Organisation
from budkavle.plugins.protocols import IdentityProvider
from budkavle.storage.platform import Platform

STAFF, GUEST = "staff", "guest"
CHOICE = {STAFF: "login_methods", GUEST: "guest_methods"}
"""The organisation's own lists of providers, by audience; an empty list means all."""


def providers(platform: Platform) -> dict[str, IdentityProvider]:
    """Return every identity provider by name; the password is built in."""
    return {PasswordProvider.name: PasswordProvider(platform), **platform.plugins.identity_providers}


def guest_loa(provider: IdentityProvider) -> Loa:
    """Return the highest level at which a provider admits a reader without account.

    At level 3 the person is compared with the personnummer that the sender gave. A provider that asserts none stops at
    level 2. An e-mail address is no person: it may be shared, handed on or given to somebody else.
    """
    return provider.traits.max_loa if provider.traits.asserts_personnummer else min(provider.traits.max_loa, Loa.TWO)


def offered(provider: IdentityProvider, whose: Organisation, audience: str) -> bool:
    """Tell whether an organisation could choose a provider for an audience."""
    traits = provider.traits
    return audience in traits.audiences and (not traits.organisations or whose.slug in traits.organisations)


def fits(provider: IdentityProvider, whose: Organisation, audience: str) -> bool:
    """Tell whether an organisation allows a provider, for `staff` or `guest`."""
    chosen = whose.settings.get(CHOICE[audience])
    return offered(provider, whose, audience) and (
        not isinstance(chosen, list) or not chosen or provider.name in chosen
    )


def staff_providers(platform: Platform, whose: Organisation | None = None) -> list[IdentityProvider]:
    """Return the providers that open accounts, highest level first: all, or those that one organisation allows."""
    offered = [provider for provider in providers(platform).values() if STAFF in provider.traits.audiences]
    return _by_level(provider for provider in offered if whose is None or fits(provider, whose, STAFF))


def _by_level(offered: Iterable[IdentityProvider]) -> list[IdentityProvider]:
    return sorted(offered, key=lambda provider: -provider.traits.max_loa)
