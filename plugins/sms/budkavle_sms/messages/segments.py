"""The number of SMS that a text becomes: in the GSM 7-bit alphabet, otherwise in UCS-2.

Source: 3GPP TS 23.038 (alphabets) and TS 23.040, section 9.2.3.24.1 (concatenation: a header of six octets).
"""

import unicodedata
from dataclasses import dataclass

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Each character at the position of its septet; the escape's position is never a character of a text."""
EXTENDED = {"\f": 10, "^": 20, "{": 40, "}": 41, "\\": 47, "[": 60, "~": 61, "]": 62, "|": 64, "€": 101}
"""Characters of two septets: the escape, then this value."""
ESCAPE = 27
_WIDTHS = {**dict.fromkeys(BASIC.replace("\x1b", ""), 1), **dict.fromkeys(EXTENDED, 2)}
_WHOLE, _PART = {"GSM-7": 160, "UCS-2": 70}, {"GSM-7": 153, "UCS-2": 67}


@dataclass(frozen=True, slots=True)
class Segments:
    """A text divided into SMS.

    Attributes:
        encoding: `GSM-7` or `UCS-2`.
        parts: The text of each SMS, in order.
        units: Septets, or UTF-16 code units, in all.
        left: How many more fit without another SMS.
        odd: The first character outside the GSM alphabet; empty if there is none.
    """

    encoding: str
    parts: tuple[str, ...]
    units: int
    left: int
    odd: str = ""


def segments(text: str) -> Segments:
    """Divide a text as the network does; a character is never split."""
    odd = next((letter for letter in text if letter not in _WIDTHS), "")
    encoding = "UCS-2" if odd else "GSM-7"
    widths = [2 if odd and ord(letter) > 0xFFFF else 1 if odd else _WIDTHS[letter] for letter in text]
    units = sum(widths)
    if units <= _WHOLE[encoding]:
        return Segments(encoding, (text,), units, _WHOLE[encoding] - units, odd)
    parts, used = [""], 0
    for character, width in zip(text, widths, strict=True):
        if used + width > _PART[encoding]:
            parts.append("")
            used = 0
        parts[-1] += character
        used += width
    return Segments(encoding, tuple(parts), units, _PART[encoding] - used, odd)


def encoded(part: str, encoding: str) -> bytes:
    """Encode a part: a septet in each octet, as in SMPP, or UTF-16 big-endian."""
    if encoding == "UCS-2":
        return part.encode("utf-16-be")
    return b"".join(
        bytes((ESCAPE, EXTENDED[character])) if character in EXTENDED else bytes((BASIC.index(character),))
        for character in part
    )


def plain(text: str) -> str:
    """Convert a text to the GSM alphabet: typographic signs are simplified, and letters lose unsupported accents."""
    return "".join(_plain(character) for character in text)


_SIMPLE = {"–": "-", "—": "-", "‐": "-", "−": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "…": "...", "\u00a0": " "}


def _plain(character: str) -> str:
    if character in _WIDTHS:
        return character
    if character in _SIMPLE:
        return _SIMPLE[character]
    base = "".join(letter for letter in unicodedata.normalize("NFKD", character) if letter in _WIDTHS)
    return base or "?"
