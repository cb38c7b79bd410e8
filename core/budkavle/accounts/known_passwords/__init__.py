"""Passwords that many people have chosen, or that have leaked: a filter that is asked without a network.

`known_passwords.bloom` is a Bloom filter over 1.4 million entries of 12 characters or more, made by
`tools/known_passwords.py` from the lists of SecLists. It knows each of them, and takes one unlisted password in a
thousand for one of them. The passwords themselves cannot be read out of it.
"""

from functools import cache
from hashlib import blake2b
from pathlib import Path

from rbloom import Bloom

FILE = Path(__file__).with_name("known_passwords.bloom")
ENTRIES = 1_500_000
WRONG = 0.001
"""How often an unlisted password is taken for a listed one."""


def is_known(password: str) -> bool:
    """Tell whether the whole password is listed, whichever letters are large."""
    return password.casefold() in _filter()


def empty() -> Bloom:
    """Return a filter to be filled with passwords in small letters."""
    return Bloom(ENTRIES, WRONG, _hash)


@cache
def _filter() -> Bloom:
    return Bloom.load(FILE, _hash)


def _hash(password: object) -> int:
    return int.from_bytes(blake2b(str(password).encode(), digest_size=16).digest(), "big", signed=True)
