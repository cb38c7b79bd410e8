"""Passwords: the rules for new ones, and how they are stored (argon2id); never logged, never sent back.

A new password must be long, in no list of common or leaked ones, and hard to guess for somebody who knows the person
(NIST SP 800-63B-4, 3.1.1.2; ASVS 5.0, 6.2). There is no rule about kinds of characters, and passwords do not expire.
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
"""The most characters, so that hashing stays cheap."""
ONCE_FOR = timedelta(hours=24)
"""How long a one-time password from an administrator is valid."""
GUESSES = 10
"""A password must take at least 10^10 guesses; this is the power of ten, which zxcvbn estimates."""
JUDGED = 72
"""The most characters that zxcvbn estimates; its time grows faster than the length."""
WORDS = Path(__file__).with_name("workplace_words.txt")
"""Swedish words that are common in passwords at work; the lists of zxcvbn are English."""
BETWEEN_WORDS = re.compile(r"(?<=\w\w)[\s._-]+(?=\w\w)")

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1, type=Type.ID)
# A dummy hash for unknown accounts, so that checking their passwords takes as long as for known ones.
# A literal, as computing it would take each process a sixth of a second; recompute it when the cost is changed.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=1$jNiBrVccX/pqD2X8bIOrcA$OQ41YcOvrteqP5rVoSovXO6hD4l2VttnsUHwqX9ShzY"


def fault(password: str, personal: Iterable[str] = ()) -> str | None:
    """Return an error for a new password, or None if it is good enough.

    Args:
        password: The password as typed.
        personal: Name, address and organisation: facts that others know, and that make a password easy to guess.
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
    """Check a new password of this user against the rules, including their name, address and organisation."""
    home = work.connection.scalar(select(organisations.c.name).where(organisations.c.id == work.organisation_id))
    return fault(password, (user.name, user.email, home or ""))


def _guesses(password: str, personal: Iterable[str]) -> float:
    from zxcvbn import zxcvbn  # Its lists take a quarter of a second to read; only new passwords need them.

    words = {word for text in personal for word in (text, *re.split(r"\W+", text))}
    words |= {word.removesuffix("s") for word in words}  # "Björkviks kommun" is called Björkvik too
    dictionary = [*_workplace_words(), *(word for word in words if len(word) > 2)]
    # zxcvbn counts each space as hard to guess as any letter, so the words are judged written together too.
    spellings = {password[:JUDGED], BETWEEN_WORDS.sub("", password)[:JUDGED]}
    return min(float(zxcvbn(spelling, user_inputs=dictionary)["guesses_log10"]) for spelling in spellings)


@cache
def _workplace_words() -> tuple[str, ...]:
    return tuple(WORDS.read_text("utf-8").split())


def hashed(password: str) -> str:
    """Return the hash of a password, which is stored."""
    return _HASHER.hash(_normal(password))


def stretched(several: Iterable[str]) -> list[str]:
    """Return the argon2id hashes of several short secrets of one person; with a shared salt, a check costs one hash."""
    salt = token_bytes(16)
    return [_HASHER.hash(secret, salt=salt) for secret in several]


def stretched_as(secret: str, kept: str) -> str:
    """Return the argon2id hash of a secret with the salt and cost of a stored hash; equal for the same secret."""
    salt = b64decode(kept.split("$")[4] + "==")
    return PasswordHasher.from_parameters(extract_parameters(kept)).hash(secret, salt=salt)


def matches(kept: str | None, password: str) -> bool:
    """Tell whether the password matches the stored hash; None takes as long and never matches."""
    try:
        _HASHER.verify(kept or _NOBODY, _normal(password[: LONGEST + 1]))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Tell whether the stored hash should be recomputed with the present cost."""
    return _HASHER.check_needs_rehash(kept)


def _normal(password: str) -> str:
    # Keyboards write the same letter in different ways (NIST SP 800-63B, 3.1.1.2).
    return unicodedata.normalize("NFKC", password)


def mark(kept: str | None) -> str:
    """Return a value that identifies a password, derived from its stored hash; empty if there is none."""
    return sha256(kept.encode()).hexdigest() if kept else ""
