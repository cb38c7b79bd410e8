"""Passwords: which will do, and how they are kept (argon2id); never logged, never sent back.

A new password is long, in no list of common or leaked ones, and hard to guess for somebody who knows the person
(NIST SP 800-63B-4, 3.1.1.2; ASVS 5.0, 6.2). There is no rule about kinds of characters, and none grows too old.
"""

import re
import unicodedata
from base64 import b64decode
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select

from budkavle.accounts.known_passwords import is_known
from budkavle.model.people import User
from budkavle.model.sentences import Sentence
from budkavle.storage.platform import Work
from budkavle.storage.tables import organisations

SHORTEST = 12
LONGEST = 256
"""Characters; more is refused, so that hashing stays cheap."""
ONCE_FOR = timedelta(hours=24)
"""How long a password that an administrator has given may be used, once."""
GUESSES = 10
"""A password must take ten thousand million guesses or more, as the power of ten that zxcvbn estimates."""
JUDGED = 72
"""Characters that are estimated; the time grows faster than the length."""
WORDS = Path(__file__).with_name("workplace_words.txt")
"""Swedish words that passwords at work are made of; the lists of zxcvbn are English."""

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1, type=Type.ID)
# Of nobody: what the password of an unknown account is compared with, so that it takes as long as a known one's.
# Written out, as making it takes each process a sixth of a second; it is made anew when the cost is changed.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=1$jNiBrVccX/pqD2X8bIOrcA$OQ41YcOvrteqP5rVoSovXO6hD4l2VttnsUHwqX9ShzY"


def fault(password: str, personal: Iterable[str] = ()) -> str | None:
    """Say what is wrong with a new password, or None where it will do.

    Args:
        password: As it was typed.
        personal: Name, address and organisation: what others know of the person, and a password is not to be made of.
    """
    if len(password) < SHORTEST:
        return Sentence("Välj ett lösenord med minst {shortest} tecken.", shortest=SHORTEST)
    if len(password) > LONGEST:
        return Sentence("Välj ett lösenord med högst {longest} tecken.", longest=LONGEST)
    if is_known(_normal(password)):
        return "Det lösenordet finns i listor över vanliga och läckta lösenord. Välj ett annat."
    if _guesses(password, personal) < GUESSES:
        return "Lösenordet är lätt att gissa. Välj flera ord som inte hör ihop, utan namn, årtal och årstider."
    return None


def fault_for(work: Work, user: User, password: str) -> str | None:
    """Judge a new password of this user, together with their name and address and the organisation's name."""
    home = work.connection.scalar(select(organisations.c.name).where(organisations.c.id == work.organisation_id))
    return fault(password, (user.name, user.email, home or ""))


def _guesses(password: str, personal: Iterable[str]) -> float:
    from zxcvbn import zxcvbn  # Its lists take a quarter of a second to read; only new passwords need them.

    names = {word for text in personal for word in (text, *re.split(r"\W+", text)) if len(word) > 2}
    return float(zxcvbn(password[:JUDGED], user_inputs=[*_workplace_words(), *names])["guesses_log10"])


@cache
def _workplace_words() -> tuple[str, ...]:
    return tuple(WORDS.read_text("utf-8").split())


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    return _HASHER.hash(_normal(password))


def stretched(several: Iterable[str]) -> list[str]:
    """Return the argon2id of several short secrets of one person, which share a salt: a try costs one hash."""
    salt = token_bytes(16)
    return [_HASHER.hash(secret, salt=salt) for secret in several]


def stretched_as(secret: str, kept: str) -> str:
    """Return the argon2id of a secret with the salt and the cost of what is kept: equal where it is the same secret."""
    salt = b64decode(kept.split("$")[4] + "==")
    return PasswordHasher.from_parameters(extract_parameters(kept)).hash(secret, salt=salt)


def matches(kept: str | None, password: str) -> bool:
    """Tell whether the password fits what was kept; None takes as long and never fits."""
    try:
        _HASHER.verify(kept or _NOBODY, _normal(password[: LONGEST + 1]))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Tell whether the stored hash should be recomputed with today's cost."""
    return _HASHER.check_needs_rehash(kept)


def _normal(password: str) -> str:
    # Keyboards write the same letter in different ways (NIST SP 800-63B, 3.1.1.2).
    return unicodedata.normalize("NFKC", password)


def mark(kept: str | None) -> str:
    """Return what tells a password from every other, by what is kept of it; empty where there is none."""
    return sha256(kept.encode()).hexdigest() if kept else ""
