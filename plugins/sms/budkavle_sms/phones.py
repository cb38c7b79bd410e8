"""Phone numbers: as people write them, as networks want them (E.164), and as they may be shown."""

import re

from budkavle import Invalid

_SEPARATORS = re.compile(r"[\s\-–./()]")
_TRUNK = re.compile(r"\(\s*0\s*\)")
_E164 = re.compile(r"\+[1-9]\d{7,14}\Z")
_SWEDISH = re.compile(r"\+46")
_SWEDISH_MOBILE = re.compile(r"\+467[02369]\d{7}\Z")
_HOW = "Skriv det som 070-123 45 67 eller +46 70 123 45 67."
NO_NUMBER = f"Skriv ett mobilnummer. {_HOW}"
NOT_DIGITS = f"Mobilnumret får bara ha siffror, mellanslag och bindestreck. {_HOW}"
NOT_MOBILE = f"Numret är inte ett svenskt mobilnummer: sådana börjar på 070, 072, 073, 076 eller 079. {_HOW}"
NOT_FOREIGN = f"Numret är för kort eller för långt, eller saknar landsnummer. {_HOW}"


def e164(typed: str) -> str:
    """Return a number as `+46701234567`.

    Numbers without a country are Swedish, and Swedish ones must be mobile (the Swedish numbering plan of PTS).

    Raises:
        Invalid: It is none, with a sentence that says what is wrong and never the number.
    """
    digits = _SEPARATORS.sub("", _TRUNK.sub("", typed.strip()))
    if not digits:
        raise Invalid(NO_NUMBER)
    if not re.fullmatch(r"\+?[0-9]+", digits):
        raise Invalid(NOT_DIGITS)
    number = _with_country(digits)
    if _SWEDISH.match(number):
        if not _SWEDISH_MOBILE.match(number):
            raise Invalid(NOT_MOBILE)
    elif not _E164.match(number):
        raise Invalid(NOT_FOREIGN)
    return number


def _with_country(digits: str) -> str:
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    elif re.fullmatch(r"467\d{8}", digits):
        digits = f"+{digits}"
    if not digits.startswith("+"):
        return f"+46{digits.removeprefix('0')}"
    return f"+46{digits[4:]}" if digits.startswith("+460") else digits


def masked(number: str) -> str:
    """Return a number as its owner knows it again and nobody else reads it: `+46 70 *** ** 12`, on one line."""
    known = ("+46", number[3:5]) if _SWEDISH.match(number) else (number[:3],)
    return "\u00a0".join((*known, "***", "**", number[-2:]))
