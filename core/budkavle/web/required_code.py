"""The code from an app that an organisation may require beside a password: without it, one only gets to add it."""

from budkavle.accounts.core_settings import SignInSettings
from budkavle.accounts.stored_settings import settings_of
from budkavle.identification import providers, second_factor
from budkavle.identification.sessions import Session
from budkavle.model.errors import BudkavleError
from budkavle.storage.platform import Platform

PAGE = "/account/code"
"""Where the code is switched on."""
REACHED = (PAGE, "/account/recovery", "/account/methods", "/sign-out", "/session", "/step-up", "/language")
"""The beginnings of addresses that are open without it."""


class LacksCode(BudkavleError):
    """The organisation requires a code beside the password, and the account has none yet."""

    slug, title, status = "lacks-code", "Slå på en kod från en app först", 403


def require_code(platform: Platform, session: Session, path: str) -> None:
    """Let a session that a password opened on only where its organisation asks for no code, or the account has one.

    Raises:
        LacksCode: It has none, and the address is not one that is reached without it.
    """
    if lacks_code(platform, session) and not any(path == at or path.startswith(f"{at}/") for at in REACHED):
        raise LacksCode("Er organisation kräver en kod från en app av den som loggar in med lösenord.")


def lacks_code(platform: Platform, session: Session) -> bool:
    """Tell whether the session's account must add a code before anything else."""
    if not settings_of(platform, SignInSettings, session.choices).code_beside_password:
        return False
    provider = providers.asking_for_password(platform)
    return (
        provider is not None and provider.name == session.provider and not second_factor.is_on(platform, session.user)
    )
