"""Fax numbers as people type them, as stored (E.164), as a line dials them, and as people read them."""

import re

from budkavle import Invalid, Sentence

_SEPARATORS = re.compile(r"[\s\-–./()]")
_TRUNK = re.compile(r"\(\s*0\s*\)")
_E164 = re.compile(r"\+[1-9]\d{6,14}\Z")
_SWEDISH = re.compile(r"\+46[1-9]\d{6,8}\Z")
_HOW = "Skriv det som 08-123 45 67 eller +46 8 123 45 67."
NO_NUMBER = Sentence("Skriv ett faxnummer. {how}", how=Sentence(_HOW))
NOT_DIGITS = Sentence("Faxnumret får bara ha siffror, mellanslag och bindestreck. {how}", how=Sentence(_HOW))
NOT_SWEDISH = Sentence("Numret har för få eller för många siffror, eller saknar riktnummer. {how}", how=Sentence(_HOW))
NOT_FOREIGN = Sentence("Numret är för kort eller för långt, eller saknar landsnummer. {how}", how=Sentence(_HOW))


def e164(typed: str) -> str:
    """Return a number as `+4681234567`; numbers without a country are Swedish (ITU-T E.164; PTS's numbering plan).

    Raises:
        Invalid: It is not a number. The message says what is wrong, and never contains the number.
    """
    digits = _SEPARATORS.sub("", _TRUNK.sub("", typed.strip()))
    if not digits:
        raise Invalid(NO_NUMBER)
    if not re.fullmatch(r"\+?[0-9]+", digits):
        raise Invalid(NOT_DIGITS)
    number = _with_country(digits)
    if number.startswith("+46"):
        if not _SWEDISH.match(number):
            raise Invalid(NOT_SWEDISH)
    elif not _E164.match(number):
        raise Invalid(NOT_FOREIGN)
    return number


def _with_country(digits: str) -> str:
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if digits.startswith("+460"):
        return f"+46{digits[4:]}"
    if digits.startswith("+"):
        return digits
    return f"+46{digits[1:]}" if digits.startswith("0") else f"+{digits}" if len(digits) > 9 else "+46"


def numbers_in(text: str) -> list[str]:
    """Return all numbers in typed or pasted text, in order; they are separated by `,`, `;` or line breaks.

    Anything else is left out.
    """
    numbers = []
    for piece in re.split(r"[,;\n]", text):
        try:
            numbers.append(e164(piece))
        except Invalid:
            continue
    return list(dict.fromkeys(numbers))


def called(heard: str, prefix: str) -> str:
    """Return the called number from an exchange, as E.164; empty if it gives none.

    Exchanges give it in full, without the leading zero or the country, or only its last digits.

    Args:
        heard: The number from the modem (`NDID`), such as `0107654321`, `107654321` or `4321`.
        prefix: The leading part if the exchange only gives the last digits, such as `+4610765`.
    """
    digits = re.sub(r"[^0-9+]", "", heard)
    if not digits:
        return ""
    if prefix and len(digits) + len(prefix) <= 13 and not digits.startswith(("+", "0")):
        return prefix + digits
    # Nine digits that begin with 46 are more likely in area 046 than a country code and a number of seven digits.
    swedish = f"+{digits}" if digits.startswith("46") and len(digits) > 9 else f"0{digits}"
    for form in (digits, swedish, f"00{digits}"):
        try:
            return e164(form)
        except Invalid:
            continue
    return ""


def dialled(number: str, *, national: bool, prefix: str = "") -> str:
    """Return what to dial for an E.164 number, after `prefix`: `081234567` and `00491234567`, or `+4681234567`."""
    if not national:
        return prefix + number
    return prefix + (f"0{number[3:]}" if number.startswith("+46") else f"00{number[1:]}")


def shown(number: str) -> str:
    """Return a number for people to read: `+46 8 123 45 67` if the area code is known to be short, or in groups."""
    if not _SWEDISH.match(number):
        return number
    rest = number[3:]
    area = 1 if rest.startswith("8") else 2
    head, tail = rest[:area], rest[area:]
    groups = [tail[-2:], tail[-4:-2], tail[:-4]] if len(tail) > 4 else [tail]
    return " ".join(("+46", head, *(group for group in reversed(groups) if group)))


def labelled(number: str, name: str = "") -> str:
    """Return a number as lists and pages show it, with its name if known."""
    return f"{name} ({shown(number)})" if name else shown(number)
