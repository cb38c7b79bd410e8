"""Sign-in requirements of an organisation: a code in addition to a password, and more for administrators."""

from budkavle.accounts.core_settings import SignInSettings
from budkavle.accounts.organisations import EMERGENCY
from budkavle.accounts.stored_settings import read_settings, settings_of
from budkavle.identification import providers, second_factor
from budkavle.identification.sessions import Session
from budkavle.model.errors import BudkavleError
from budkavle.model.loa import Loa
from budkavle.model.people import Organisation, Role, User
from budkavle.plugins.protocols.identity_provider import IdentityProvider
from budkavle.storage.platform import Platform

PAGE = "/account/code"
"""The page for switching on the code."""
REACHED = (PAGE, "/account/recovery", "/account/methods", "/sign-out", "/session", "/step-up", "/language")
"""Prefixes of the paths that are open without it."""


class LacksCode(BudkavleError):
    """The organisation requires a code in addition to the password, and the account has none yet."""

    slug, title, status = "lacks-code", "Slå på en kod från en app först", 403


def require_code(platform: Platform, session: Session, path: str) -> None:
    """Check that a session opened by a password has a code, if its organisation requires one.

    Raises:
        LacksCode: The account has no code, and the page is not open without one.
    """
    if lacks_code(platform, session) and not any(path == at or path.startswith(f"{at}/") for at in REACHED):
        raise LacksCode("Er organisation kräver en kod från en app av den som loggar in med lösenord.")


def is_weak_administrator(platform: Platform, session: Session) -> bool:
    """Tell whether an administrator has signed in less surely than the organisation requires of administrators."""
    asks = settings_of(platform, SignInSettings, session.choices).sure_administrators
    return asks and session.user.role is not Role.USER and not signs_in_surely(platform, session)


def signs_in_surely(platform: Platform, session: Session) -> bool:
    """Tell whether a session was started by a passkey or at level 3.

    Also true if the organisation has no such sign-in method, and for its emergency account.
    """
    sure = _sure_ways(platform, session.organisation)
    emergency = session.organisation.settings.get(EMERGENCY)
    is_emergency = isinstance(emergency, list) and str(session.user.id) in emergency
    return session.loa.meets(Loa.THREE) or is_device_key(platform, session.provider) or is_emergency or not sure


def needs_more_than_password(platform: Platform, user: User, organisation: Organisation) -> bool:
    """Tell whether an account is an administrator's, which a password alone does not let administer."""
    if user.role is Role.USER or not _sure_ways(platform, organisation):
        return False
    with platform.work(user.acting()) as work:
        return read_settings(work, SignInSettings).sure_administrators


def _sure_ways(platform: Platform, organisation: Organisation) -> list[IdentityProvider]:
    return [
        way
        for way in providers.staff_providers(platform, organisation)
        if way.traits.several_per_account or way.traits.max_loa.meets(Loa.THREE)
    ]


def is_device_key(platform: Platform, name: str) -> bool:
    """Tell whether a method is a key stored on a device, such as a passkey, which can unlock a session."""
    return any(way.name == name and way.traits.several_per_account for way in providers.staff_providers(platform))


def lacks_code(platform: Platform, session: Session) -> bool:
    """Tell whether the session's account must add a code before anything else."""
    if not settings_of(platform, SignInSettings, session.choices).code_beside_password:
        return False
    provider = providers.asking_for_password(platform)
    return (
        provider is not None and provider.name == session.provider and not second_factor.is_on(platform, session.user)
    )
