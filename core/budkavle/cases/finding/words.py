"""The words of texts as the search index stores them: normalised, stemmed, and the prefixes of some."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntFlag
from functools import lru_cache
from pathlib import Path
from typing import Final

SHORTEST_BEGINNING: Final = 3
LONGEST_BEGINNING: Final = 20
FOLLOWING: Final = "abcdefghijklmnopqrstuvwxyzåäö0123456789-./:@_"
"""What may follow a prefix of even length that is not stored, since each longer one implies it."""
LONGEST_WORD: Final = 80
MOST_TERMS: Final = 6
"""The most words of a search; the others are ignored."""
STOP_WORDS: Final = frozenset(Path(__file__).with_name("stop_words.txt").read_text("utf-8").split())
"""Words in nearly every text: they find nothing, and would reveal most to a reader of the table."""
_WORD: Final = re.compile(r"\w+(?:[-:./@]\w+)*")
_PIECE: Final = re.compile(r"\w+")
_WHOLE: Final = re.compile(r"[:./@]")
"""What joins the parts of a number or an address that is searched for as a whole."""
_ALIKE: Final = {"ø": "ö", "æ": "ä", "œ": "ö", "đ": "d", "ł": "l"}
_OTHER_LETTERS: Final = re.compile(r"[^\x00-\x7f\xe5\xe4\xf6]+")
"""All but ASCII and å, ä and ö."""


class Place(IntFlag):
    """Where in a case a word occurs."""

    SUBJECT = 1
    NAME = 2
    TEXT = 4
    FILE = 8
    NOTE = 16


NOWHERE: Final = Place(0)
BEGINNINGS: Final = Place.SUBJECT | Place.NAME
"""Places where words are also found by prefix."""


@dataclass(frozen=True, slots=True)
class Term:
    """A search word.

    Attributes:
        word: Normalised.
        stem: Its stem.
    """

    word: str
    stem: str

    @property
    def tokens(self) -> tuple[str, ...]:
        """Its tokens in the index: a word's prefix, and a word in any form."""
        beginning = (f"find-b/{self.word}",) if len(self.word) >= SHORTEST_BEGINNING else ()
        return (*beginning, f"find-w/{self.stem}")

    @property
    def longer_tokens(self) -> tuple[str, ...]:
        """Tokens that the index may have instead of a prefix of even length: those one letter longer."""
        length = len(self.word)
        if length % 2 or not SHORTEST_BEGINNING <= length < LONGEST_BEGINNING:
            return ()
        return tuple(f"find-b/{self.word}{letter}" for letter in FOLLOWING)

    def is_in(self, word: str, place: Place) -> bool:
        """Tell whether a normalised word of a text at this place matches."""
        begins = bool(place & BEGINNINGS) and len(self.word) >= SHORTEST_BEGINNING and word.startswith(self.word)
        return begins or stem(word) == self.stem


def fold(text: str) -> str:
    """Return a text in lower case, without accents but with å, ä and ö: `Éva` is `eva`, and `Åsa` is not `asa`."""
    folded = unicodedata.normalize("NFC", text).casefold()
    return folded if folded.isascii() else _OTHER_LETTERS.sub(_without_accents, folded)


def _without_accents(match: re.Match[str]) -> str:
    return "".join(_ALIKE.get(letter) or _without_accent(letter) for letter in match.group())


def _without_accent(letter: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(one))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return the Swedish stem of a normalised word; numbers and addresses unchanged."""
    from snowballstemmer import stemmer  # loads the stemmers of 30 languages, which few processes need

    return str(stemmer("swedish").stemWord(word)) if word.isalpha() else word


def split(text: str) -> Iterator[str]:
    """Yield the normalised words of a text, mostly once each: numbers such as `KS 2026/12` whole and in pieces."""
    for whole in dict.fromkeys(_WORD.findall(fold(text))):
        yield whole
        if whole.isalnum():
            continue
        pieces = _PIECE.findall(whole)
        if len(pieces) > 1:
            yield from pieces
            if all(piece.isdigit() for piece in pieces):
                yield "".join(pieces)


def tokens(text: str, place: Place) -> Iterator[str]:
    """Yield the tokens of a text that the index stores, not yet hashed."""
    has_beginnings = bool(place & BEGINNINGS)
    for word in split(text):
        if len(word) < 2 or len(word) > LONGEST_WORD or word in STOP_WORDS:
            continue
        yield f"find-w/{stem(word)}"
        if has_beginnings and len(word) >= SHORTEST_BEGINNING:
            yield from (f"find-b/{beginning}" for beginning in _kept_beginnings(word))


def _kept_beginnings(word: str) -> Iterator[str]:
    """Yield the prefixes that find a word, beyond its stem.

    Those of odd length, and the longest. One of even length only if the next letter is not in `FOLLOWING`, or if the
    word ends there and has another stem.
    """
    for length in range(SHORTEST_BEGINNING, min(len(word), LONGEST_BEGINNING + 1)):
        if length % 2 or length == LONGEST_BEGINNING or word[length] not in FOLLOWING:
            yield word[:length]
    if len(word) % 2 or stem(word) != word:
        yield word


def terms(words: str) -> list[Term]:
    """Return the search words, each once, without stop words."""
    searched = [
        part
        for match in _WORD.finditer(fold(words))
        for part in ([match.group()] if _WHOLE.search(match.group()) else _PIECE.findall(match.group()))
    ]
    distinct = dict.fromkeys(word for word in searched if len(word) > 1 and word not in STOP_WORDS)
    return [Term(word, stem(word)) for word in list(distinct)[:MOST_TERMS]]


def holds_all(looked_for: Sequence[Term], text: str, place: Place) -> bool:
    """Tell whether a text has all the words."""
    present = list(split(text))
    return all(any(term.is_in(word, place) for word in present) for term in looked_for)


def marked(looked_for: Sequence[Term], text: str, place: Place) -> list[tuple[str, bool]]:
    """Split a text into pieces, each with whether it matches a search word."""
    pieces, last = list[tuple[str, bool]](), 0
    for match in _PIECE.finditer(text):
        if any(term.is_in(fold(match.group()), place) for term in looked_for):
            pieces += [(text[last : match.start()], False), (match.group(), True)]
            last = match.end()
    return [piece for piece in (*pieces, (text[last:], False)) if piece[0]]
