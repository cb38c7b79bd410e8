"""Common or leaked passwords: an offline filter.

`known_passwords.bloom` is a Bloom filter over 1.4 million entries of 12 characters or more, made by
`tools/known_passwords.py` from the lists of SecLists. It recognises each of them, with one false positive in a thousand
unlisted passwords. The passwords themselves cannot be extracted from it.
"""

from functools import cache
from hashlib import blake2b
from pathlib import Path

from rbloom import Bloom

FILE = Path(__file__).with_name("known_passwords.bloom")
ENTRIES = 1_500_000
WRONG = 0.001
"""The rate of false positives."""


def is_known(password: str) -> bool:
    """Tell whether the whole password is listed, ignoring case."""
    return password.casefold() in _filter()


def empty() -> Bloom:
    """Return an empty filter, to be filled with lower-case passwords."""
    return Bloom(ENTRIES, WRONG, _hash)


@cache
def _filter() -> Bloom:
    return Bloom.load(FILE, _hash)


def _hash(password: object) -> int:
    return int.from_bytes(blake2b(str(password).encode(), digest_size=16).digest(), "big", signed=True)
