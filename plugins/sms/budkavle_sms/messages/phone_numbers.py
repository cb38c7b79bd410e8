"""Phone numbers: as people write them, what is wrong with an invalid one, and how they may be shown."""

import re

from budkavle import Invalid, Sentence, phone_number

_HOW = "Skriv det som 070-123 45 67 eller +46 70 123 45 67."
NO_NUMBER = Sentence("Skriv ett mobilnummer. {how}", how=Sentence(_HOW))
NOT_DIGITS = Sentence("Mobilnumret får bara ha siffror, mellanslag och bindestreck. {how}", how=Sentence(_HOW))
NOT_MOBILE = Sentence(
    "Numret är inte ett svenskt mobilnummer: sådana börjar på 070, 072, 073, 076 eller 079. {how}", how=Sentence(_HOW)
)
NOT_FOREIGN = Sentence("Numret är för kort eller för långt, eller saknar landsnummer. {how}", how=Sentence(_HOW))


def e164(typed: str) -> str:
    """Return a number as `+46701234567`, by the core's own `phone_number`.

    Raises:
        Invalid: It is not a number. The message says what is wrong, and never contains the number.
    """
    number = phone_number(typed)
    if not number:
        raise Invalid(_fault(typed.strip()))
    return number


def _fault(typed: str) -> str:
    if not typed:
        return NO_NUMBER
    if not re.fullmatch(r"\+?[0-9\s\-‐-―./()]+", typed):
        return NOT_DIGITS
    return NOT_MOBILE if re.match(r"(0[1-9]|(\+|00)?46)", typed) else NOT_FOREIGN


def masked(number: str) -> str:
    """Return a number so that only its owner recognises it: `+46 70 *** ** 12`, on one line."""
    beginning = ("+46", number[3:5]) if number.startswith("+46") else (number[:3],)
    return "\u00a0".join((*beginning, "***", "**", number[-2:]))
