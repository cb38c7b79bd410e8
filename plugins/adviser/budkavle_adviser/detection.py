"""Finds personal numbers and listed words in a text. Pure; detection.js has the same rules, which a test compares."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from personnummer import personnummer

SPACES = " \u00a0\u2009\u202f"
DASHES = "\u2010\u2011\u2012\u2013\u2212"
_SPACE = f"[{SPACES}]?"
NUMBER = re.compile(
    rf"(?<!\d)(?<!\d[-+])(?:19|20)?\d{{6}}{_SPACE}[-+{DASHES}]?{_SPACE}\d{{4}}(?!\d)",
    re.ASCII,  # digits of other scripts do not occur in personal numbers
)
"""Ten or twelve digits as people and word processors write them, also with non-breaking spaces and other dashes.
The check digit decides which of them are personal numbers."""
_PLAIN = str.maketrans(dict.fromkeys(DASHES, "-") | dict.fromkeys(SPACES, None))
LETTER = r"[^\W\d_]"
WORD = re.compile(rf"{LETTER}+(?:-{LETTER}+)*")


def has_personal_number(text: str) -> bool:
    """Tell whether a text has a valid personnummer or samordningsnummer (date and check digit; SKV 704, SKV 707)."""
    return any(personnummer.valid(digits.translate(_PLAIN)) for digits in NUMBER.findall(text))


def words_found(text: str, entries: Iterable[str]) -> list[str]:
    """Return the entries of a list that occur in a text, each once, in the order of the list.

    Args:
        text: The text to search. Case is ignored.
        entries: Words. One that ends in `*` stands for all words with that beginning.
    """
    words = {word.casefold() for word in WORD.findall(_composed(text))}
    return [entry for entry in dict.fromkeys(entries) if _fits(_composed(entry).casefold(), words)]


def tidy(lines: Iterable[str]) -> list[str]:
    """Return the entries of a typed list, one per line: trimmed, without empty lines and duplicates, sorted."""
    return sorted({line.strip().casefold() for line in lines if line.strip()})


def wrong_entries(entries: Iterable[str]) -> Iterator[str]:
    """Return the entries that are not a single word, with or without `*` at the end."""
    return (entry for entry in entries if not WORD.fullmatch(entry.removesuffix("*")) or len(entry) < 3)


def _composed(text: str) -> str:
    """Return a text with composed characters: macOS and some PDF files decompose them."""
    return unicodedata.normalize("NFC", text)


def _fits(entry: str, words: set[str]) -> bool:
    if entry.endswith("*"):
        return any(word.startswith(entry[:-1]) for word in words)
    return entry in words
