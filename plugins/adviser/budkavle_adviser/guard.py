"""The adviser's rules as JavaScript, for the guard that checks an ordinary e-mail in Outlook before it is sent.

`detection.js` has the rules. The data that it needs from Python's tables and the organisation's list is included. Both
find the same in every text, whatever version of Unicode the browser has.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from budkavle_adviser.detection import DASHES, LETTER, SPACES

NUMBER = "Mejlet innehåller ett personnummer."
WORDS = "Mejlet kan innehålla känsliga uppgifter ({words})."
SCRIPT = Path(__file__).parent / "detection.js"
_LAST = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


def check(words: Sequence[str]) -> Mapping[str, Any]:
    """Return what the guard needs: the script, its data, and the text for each kind of finding.

    Args:
        words: The entries of the organisation's list. Nothing else about the organisation is included.
    """
    data = {"spaces": SPACES, "dashes": DASHES, "letters": letters(), "fold": folds(), "words": list(words)}
    return {"script": SCRIPT.read_text("utf-8"), "rules": data, "sentences": {"number": NUMBER, "words": WORDS}}


@lru_cache(maxsize=1)
def letters() -> str:
    """Return the letters according to Python, as ranges of a character class with the flag `u`."""
    return "".join(
        f"\\u{{{first:x}}}" + (f"-\\u{{{last:x}}}" if last > first else "") for first, last in _ranges(LETTER)
    )


@lru_cache(maxsize=1)
def folds() -> Mapping[str, str]:
    """Return how Python folds the case of characters, if this differs from the lower case."""
    characters = (chr(code) for code in range(_LAST + 1) if code not in _SURROGATES)
    return {sign: sign.casefold() for sign in characters if sign.casefold() != sign.lower()}


def _ranges(pattern: str) -> Iterator[tuple[int, int]]:
    fits, first = re.compile(pattern), -1
    for code in range(_LAST + 2):
        inside = code <= _LAST and code not in _SURROGATES and fits.match(chr(code)) is not None
        if inside and first < 0:
            first = code
        elif not inside and first >= 0:
            yield first, code - 1
            first = -1
