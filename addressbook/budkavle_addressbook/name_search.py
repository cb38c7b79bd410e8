"""How words that people type find names: folded, every word somewhere, sorted as Swedes sort. Pure."""

import re
import unicodedata

_OWN_LETTERS = "åäö"
_WORD = re.compile(r"[^\W_]+")
_ALPHABET = str.maketrans({"å": "{", "ä": "|", "ö": "}"})
"""The three letters after z, in that order, as the characters after z in ASCII."""


def fold(text: str) -> str:
    """Return the text in lower case without accents; å, ä and ö are letters of their own and stay."""
    return "".join(_fold_letter(letter) for letter in unicodedata.normalize("NFC", text.casefold()))


def _fold_letter(letter: str) -> str:
    if letter in _OWN_LETTERS:
        return letter
    bare = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in bare if not unicodedata.combining(part)).casefold()


def words(text: str) -> list[str]:
    """Return the folded words of a text: runs of letters and digits, in order."""
    return _WORD.findall(fold(text))


def haystack(*texts: str) -> str:
    """Return what the texts are searched in: all their words, separated by single spaces."""
    return " ".join(word for text in texts for word in words(text))


def matches(parts: list[str], stack: str) -> bool:
    """Tell whether every wanted word is somewhere in the haystack, also inside a longer word.

    Swedish joins words, so that "psykiatri" must find "barnpsykiatrin".
    """
    return all(word in stack for word in parts)


def sort_key(text: str) -> str:
    """Return a key that sorts by plain code points as Swedish does: ... z, å, ä, ö."""
    return haystack(text).translate(_ALPHABET)
