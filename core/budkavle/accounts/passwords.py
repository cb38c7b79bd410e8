"""Passwords: their one rule, and how they are kept (argon2id); never logged, never sent back."""

import unicodedata

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from budkavle.model.sentences import Sentence

SHORTEST = 12
LONGEST = 256
"""Characters; more is refused, so that hashing stays cheap."""

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1, type=Type.ID)
# Of nobody: what the password of an unknown account is compared with, so that it takes as long as a known one's.
# Written out, as making it takes each process a sixth of a second; it is made anew when the cost is changed.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=1$jNiBrVccX/pqD2X8bIOrcA$OQ41YcOvrteqP5rVoSovXO6hD4l2VttnsUHwqX9ShzY"


def fault(password: str) -> str | None:
    """Say what is wrong with a new password, or None where it will do."""
    if len(password) < SHORTEST:
        return Sentence("Välj ett lösenord med minst {shortest} tecken.", shortest=SHORTEST)
    if len(password) > LONGEST:
        return Sentence("Välj ett lösenord med högst {longest} tecken.", longest=LONGEST)
    if len(set(password)) < 4:
        return "Välj ett lösenord som inte bara upprepar samma tecken."
    return None


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    return _HASHER.hash(_normal(password))


def matches(kept: str | None, password: str) -> bool:
    """Tell whether the password fits what was kept; None takes as long and never fits."""
    try:
        _HASHER.verify(kept or _NOBODY, _normal(password[: LONGEST + 1]))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Tell whether what was kept should be made anew with today's cost."""
    return _HASHER.check_needs_rehash(kept)


def _normal(password: str) -> str:
    # Keyboards write the same letter in different ways (NIST SP 800-63B, 3.1.1.2).
    return unicodedata.normalize("NFKC", password)
