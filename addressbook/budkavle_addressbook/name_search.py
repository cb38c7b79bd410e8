"""How typed words match names: normalised, every word anywhere, in Swedish order. Pure."""

import re
import unicodedata

_OWN_LETTERS = "åäö"
_WORD = re.compile(r"[^\W_]+")
_ALPHABET = str.maketrans({"å": "{", "ä": "|", "ö": "}"})
"""The three letters after z, in that order, mapped to the ASCII characters after z."""


def fold(text: str) -> str:
    """Return the text in lower case without accents, except å, ä and ö, which are letters of their own."""
    return "".join(_fold_letter(letter) for letter in unicodedata.normalize("NFC", text.casefold()))


def _fold_letter(letter: str) -> str:
    if letter in _OWN_LETTERS:
        return letter
    bare = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in bare if not unicodedata.combining(part)).casefold()


def words(text: str) -> list[str]:
    """Return the normalised words of a text: runs of letters and digits, in order."""
    return _WORD.findall(fold(text))


def haystack(*texts: str) -> str:
    """Return the text to search in: all words of the texts, separated by single spaces."""
    return " ".join(word for text in texts for word in words(text))


def matches(parts: list[str], stack: str) -> bool:
    """Tell whether every word is somewhere in the haystack, also inside a longer word.

    Swedish has compound words, so "psykiatri" must match "barnpsykiatrin".
    """
    return all(word in stack for word in parts)


def sort_key(text: str) -> str:
    """Return a key whose order by code points is the Swedish order: ... z, å, ä, ö."""
    return haystack(text).translate(_ALPHABET)
