"""The second factor after a password: a code from an app (TOTP, RFC 6238), or one of ten recovery codes.

Each code is valid once: the last accepted time step is stored, and a recovery code is deleted when it is used. The
level of assurance stays 2; the second factor makes a stolen password useless.
"""

import secrets
import time
from enum import Enum

import msgspec
from pyotp import random_base32, totp

from budkavle.accounts import passwords
from budkavle.identification import identities
from budkavle.model.people import NewIdentity, User
from budkavle.storage.platform import Platform, Work

TOTP, RECOVERY = "totp", "recovery"
"""Providers of the identities that store the secrets; they are not sign-in methods themselves."""
KINDS = frozenset({TOTP, RECOVERY})
STEP = 30
"""The time step in seconds (RFC 6238, section 5.2)."""
BACK = 1
"""How many past time steps are accepted: a code may have changed while it was typed (RFC 6238, section 5.2). No future
step is accepted, since phones get their time from the network."""
FAR = 10
"""How many past time steps are checked to detect a wrong clock. A future code is simply wrong: otherwise an attacker
would learn a code that is valid some minutes later."""
CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that are not confused with each other."""
GROUPS, GROUP = 7, 4
"""A recovery code is seven groups of four: 138 bits."""


class Verdict(Enum):
    """The result of checking a password or a code.

    Attributes:
        CLOCK: Right, but for a past time: the clock of the phone, or ours, is wrong.
        BLOCKED: Not checked: there have been too many wrong ones.
    """

    RIGHT = "right"
    WRONG = "wrong"
    CLOCK = "clock"
    BLOCKED = "blocked"


class _Kept(msgspec.Struct, frozen=True):
    key: str
    last: int
    """The time step of the last accepted code."""


def new_key() -> str:
    """Return a key for an app, in base 32."""
    return random_base32()


def key_uri(key: str, user: User, installation: str) -> str:
    """Return the URI for the QR code (the key URI format of Google Authenticator)."""
    return totp.TOTP(key).provisioning_uri(name=user.email, issuer_name=installation)


def switch_on(platform: Platform, user: User, key: str, code: str) -> Verdict:
    """Store a key, if a code proves that the app has it."""
    verdict, step = _judge(key, code, -1)
    if verdict is Verdict.RIGHT:
        secret = msgspec.json.encode(_Kept(key, step))
        with platform.work(user.acting()) as work:
            identities.link(work, NewIdentity(TOTP, str(user.id), "Engångskod", secret))
    return verdict


def is_on(platform: Platform, user: User) -> bool:
    """Tell whether the user needs a code in addition to the password."""
    return identities.secret(platform, user, TOTP, str(user.id)) is not None


def check_code(platform: Platform, user: User, code: str) -> Verdict:
    """Check a code from the user's app; one that has been used before is wrong."""
    verdicts = [Verdict.WRONG]

    def change(plain: bytes) -> bytes | None:
        stored = msgspec.json.decode(plain, type=_Kept)
        verdict, step = _judge(stored.key, code, stored.last)
        verdicts.append(verdict)
        return msgspec.json.encode(_Kept(stored.key, step)) if verdict is Verdict.RIGHT else None

    identities.store_secret(platform, user, TOTP, str(user.id), change)
    return verdicts[-1]


def make_recovery_codes(work: Work, user: User) -> list[str]:
    """Return ten new codes, to be shown only once; older ones are deleted.

    What is stored is the argon2id of a hash keyed by the vault (ASVS 5.0, 6.5.2).
    """
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP)) for _ in range(CODES)]
    hashes = msgspec.json.encode(passwords.stretched(_recovery_hash(work.platform, user, code) for code in codes))
    identities.link(work, NewIdentity(RECOVERY, str(user.id), "Återställningskoder", hashes))
    return ["-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP)) for code in codes]


def recovery_codes_left(platform: Platform, user: User) -> int:
    """Return how many recovery codes the user has left."""
    return len(msgspec.json.decode(identities.secret(platform, user, RECOVERY, str(user.id)) or b"[]", type=list[str]))


def use_recovery_code(platform: Platform, user: User, code: str) -> bool:
    """Use one of the user's recovery codes, which is then deleted; returns whether it was right."""
    given = _recovery_hash(platform, user, "".join(sign for sign in code.lower() if sign.isalnum()))

    def change(plain: bytes) -> bytes | None:
        left = msgspec.json.decode(plain, type=list[str])
        # Codes of an earlier version are stored as the keyed hash itself, and still work.
        slow = next((each for each in left if each.startswith("$argon2")), None)
        mine = passwords.stretched_as(given, slow) if slow else given
        rest = [each for each in left if not secrets.compare_digest(each, mine)]
        return msgspec.json.encode(rest) if len(rest) < len(left) else None

    return identities.store_secret(platform, user, RECOVERY, str(user.id), change)


def _judge(key: str, code: str, last: int) -> tuple[Verdict, int]:
    digits = "".join(sign for sign in code if sign.isdecimal())
    now = int(time.time()) // STEP
    codes = totp.TOTP(key, interval=STEP)
    for step in range(now, now - FAR - 1, -1):
        if secrets.compare_digest(codes.generate_otp(step).encode(), digits.encode()):
            if step <= last:
                return Verdict.WRONG, last
            return (Verdict.RIGHT if now - step <= BACK else Verdict.CLOCK), step
    return Verdict.WRONG, last


def _recovery_hash(platform: Platform, user: User, code: str) -> str:
    return platform.vault.subject_hash("recovery-code", str(user.id), code).hex()
