"""The words of a text for the blind index of cases (see `vault.Vault.word_hashes`)."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"\w+(?:[-:./@]\w+)*")
_PIECE = re.compile(r"\w+")


def words(*texts: str) -> set[str]:
    """Return the case-folded words of the texts: numbers such as `KS 2026/12` whole and in pieces."""
    return {word for text in texts for word in _words(text.casefold()) if len(word) > 1}


def _words(text: str) -> Iterable[str]:
    for match in _WORD.finditer(text):
        yield match.group()
        yield from _PIECE.findall(match.group())
