"""Bytes that are nearly right: valid inputs, changed in a few places."""

from collections.abc import Sequence
from random import Random
from typing import Final

MOST: Final = 6
"""Changes of one input."""
LONGEST: Final = 60_000
"""Bytes of one input."""
_NASTY: Final = (
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\r\n\r\n",
    b"\n",
    b"--",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    b"<![CDATA[",
    b"&#0;",
    b"<a " * 60,
    b"[" * 300,
    b"[" * 3_000,
    b'{"a":' * 3_000,
    b"{" * 300,
    b"(" * 200,
    b"> " * 200,
    b"**" * 100,
    b"-1",
    b"1e999",
    b"9" * 400,
    b"NaN",
    b"null",
    b"%00",
    b"=?utf-8?q?=00?=",
    b"=?utf-8?b?////?=",
    b"..",
    b";" * 50,
    b'"',
    b"\\",
)


def mutated(chance: Random, seeds: Sequence[bytes]) -> bytes:
    """Return one of the seeds with one to `MOST` changes; the same chance gives the same bytes."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, MOST)):
        _change(chance, data, seeds)
    return bytes(data[:LONGEST])


def _change(chance: Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    start = chance.randint(0, len(data))
    end = min(len(data), start + chance.choice((1, 1, 2, 4, 16, 64, 512)))
    match chance.randrange(7):
        case 0 if data:
            data[min(start, len(data) - 1)] ^= 1 << chance.randrange(8)
        case 1:
            del data[start:end]
        case 2:
            data[start:start] = data[start:end] * chance.randint(1, 20)
        case 3:
            data[start:start] = chance.choice(_NASTY)
        case 4:
            data[start:end] = chance.choice(_NASTY)
        case 5:
            other = chance.choice(seeds)
            at = chance.randint(0, len(other))
            data[start:] = other[at:]
        case _:
            del data[start:]
