"""The identity providers of an installation, and which of them an organisation has chosen."""

from collections.abc import Iterable

from budkavle.accounts.organisations import EMERGENCY
from budkavle.model.errors import Conflict
from budkavle.model.loa import Loa
from budkavle.model.people import Organisation, User
from budkavle.plugins.protocols.identity_provider import IdentityProvider
from budkavle.storage.platform import Platform

STAFF, GUEST = "staff", "guest"
CHOICE = {STAFF: "login_methods", GUEST: "guest_methods"}
"""The organisation's own lists of providers, by audience; an empty list means all."""


def providers(platform: Platform) -> dict[str, IdentityProvider]:
    """Return every identity provider by name."""
    return platform.plugins.identity_providers


def provider_of(platform: Platform, name: str, *, trial: bool = False) -> IdentityProvider | None:
    """Return an identity provider, for a trial also one that is not enabled yet; None if there is none."""
    on_trial = platform.plugins.provider_sources.on_trial(name) if trial else None
    return on_trial or providers(platform).get(name)


def forget_providers(platform: Platform) -> None:
    """Make this process call `ProviderSource.connections` again, since its result has just changed.

    Other processes do so within two seconds.
    """
    platform.plugins.provider_sources.forget()


def guest_loa(provider: IdentityProvider) -> Loa:
    """Return the highest level at which a provider admits a reader without an account.

    At level 3 the person is compared with the personnummer that the sender gave. A provider that does not assert one
    stops at level 2. An e-mail address does not identify a person: it may be shared, passed on or reassigned.
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


def lets_in(provider: IdentityProvider, whose: Organisation, user: User) -> bool:
    """Tell whether a user may sign in with a provider.

    The organisation's emergency account may use any provider that is offered to the organisation, also one that it has
    not chosen. So a wrong choice, or a provider that is down, does not lock the organisation out for good.
    """
    return fits(provider, whose, STAFF) or (
        str(user.id) in _texts(whose.settings.get(EMERGENCY)) and offered(provider, whose, STAFF)
    )


def _texts(stored: object) -> list[object]:
    return stored if isinstance(stored, list) else []


def staff_providers(platform: Platform, whose: Organisation | None = None) -> list[IdentityProvider]:
    """Return the providers that open accounts, highest level first: all, or those that an organisation allows."""
    offered = [provider for provider in providers(platform).values() if STAFF in provider.traits.audiences]
    return _by_level(provider for provider in offered if whose is None or fits(provider, whose, STAFF))


def asking_for_password(platform: Platform) -> IdentityProvider | None:
    """Return the provider with the highest level that asks for the password of an account, or None.

    Without one, passwords are not used, so nobody is asked to choose one or given one.
    """
    return next((provider for provider in staff_providers(platform) if provider.traits.asks_for_password), None)


def require_password(platform: Platform) -> IdentityProvider:
    """Return the provider that asks for the password of an account.

    Raises:
        Conflict: No provider here asks for a password.
    """
    provider = asking_for_password(platform)
    if provider is None:
        raise Conflict("Här loggar ingen in med lösenord, så det går inte att välja eller ge ett.")
    return provider


def asks_for_second_factor(platform: Platform) -> bool:
    """Tell whether any provider asks for the code of an account; if none does, a code would protect nothing."""
    return any(provider.traits.asks_for_second_factor for provider in staff_providers(platform))


def require_second_factor(platform: Platform) -> None:
    """Require that a provider asks for the code of an account.

    Raises:
        Conflict: No provider does.
    """
    if not asks_for_second_factor(platform):
        raise Conflict("Här frågar inget sätt att logga in efter en kod, så det går inte att slå på koder.")


def _by_level(offered: Iterable[IdentityProvider]) -> list[IdentityProvider]:
    return sorted(offered, key=lambda provider: -provider.traits.max_loa)
