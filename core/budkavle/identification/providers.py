"""The ways to show who one is that an installation has, and which of them an organisation has chosen (feature C2)."""

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
    """Return every way to show who one is, by name; the password is built in."""
    return {PasswordProvider.name: PasswordProvider(platform), **platform.plugins.identity_providers}


def guest_loa(way: IdentityProvider) -> Loa:
    """Return the highest level at which a way lets in a reader without account.

    At level 3 the person is compared with the personnummer that the sender gave, so a way that asserts none stops at
    level 2. An e-mail address is no person: it may be shared, handed on or given to somebody else.
    """
    return way.traits.max_loa if way.traits.asserts_personnummer else min(way.traits.max_loa, Loa.TWO)


def offered(way: IdentityProvider, whose: Organisation, audience: str) -> bool:
    """Tell whether an organisation could choose a way for an audience."""
    traits = way.traits
    return audience in traits.audiences and (not traits.organisations or whose.slug in traits.organisations)


def fits(way: IdentityProvider, whose: Organisation, audience: str) -> bool:
    """Tell whether an organisation lets a way in, for `staff` or `guest`."""
    chosen = whose.settings.get(CHOICE[audience])
    return offered(way, whose, audience) and (not isinstance(chosen, list) or not chosen or way.name in chosen)


def staff_ways(platform: Platform, whose: Organisation | None = None) -> list[IdentityProvider]:
    """Return the ways to sign in to an account: all, or those that one organisation lets in, surest first."""
    offered = [way for way in providers(platform).values() if STAFF in way.traits.audiences]
    return _surest_first(way for way in offered if whose is None or fits(way, whose, STAFF))


def _surest_first(offered: Iterable[IdentityProvider]) -> list[IdentityProvider]:
    return sorted(offered, key=lambda way: -way.traits.max_loa)
