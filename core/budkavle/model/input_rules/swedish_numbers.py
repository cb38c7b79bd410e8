"""Swedish numbers that people type: of a mobile phone, of a person, and of an organisation."""

import re
from datetime import datetime

from personnummer.personnummer import Personnummer, PersonnummerException

from budkavle.model.times import ZONE

_PHONE = re.compile(r"\+(?!46)[1-9]\d{6,14}|\+467[02369]\d{7}")
"""E.164; a Swedish one must be mobile, since others get no SMS (the numbering plan of PTS)."""


def phone_number(text: str) -> str:
    """Return a mobile phone number as E.164. A number without country code is Swedish.

    Args:
        text: The number as it was typed.

    Returns:
        Empty if it is no mobile number.
    """
    digits = re.sub(r"[\s()./\u2010-\u2015-]", "", text)
    digits = re.sub(r"^(00(?=[1-9])|(?=467\d{8}$))", "+", digits)
    digits = re.sub(r"^(0|\+460)", "+46", digits)
    return digits if _PHONE.fullmatch(digits) else ""


def spaced_number(text: str) -> str:
    """Return a telephone number in groups, such as `+46 8 123 45 67`; anything else as it is.

    Args:
        text: A number, as it was typed or as E.164.
    """
    digits = re.sub(r"^(0|\+460)", "+46", re.sub(r"[\s()./\u2010-\u2015-]", "", text))
    if not re.fullmatch(r"\+46[1-9]\d{6,8}", digits, re.ASCII):
        return text
    area = 4 if digits[3] == "8" else 5
    tail = digits[area:]
    return " ".join(part for part in (digits[:3], digits[3:area], tail[:-4], tail[-4:-2], tail[-2:]) if part)


def personal_number(text: str) -> str:
    """Return a personnummer or samordningsnummer as twelve digits.

    Source: Folkbokföringslagen (1991:481) 18 § and 18 a §; Skatteverket SKV 704 and SKV 707.

    Args:
        text: The number as it was typed.

    Returns:
        Empty if it is none, or if its day has not come yet.
    """
    plain = re.sub(r"\s", "", text)
    try:
        number = Personnummer(plain) if plain.isascii() else None
    except (PersonnummerException, ValueError):
        return ""
    if number is None or number.get_date() > datetime.now(ZONE).date():
        return ""
    twelve: str = number.format(long_format=True)
    return twelve


def organisation_number(text: str) -> str:
    """Return the number of an organisation as `212000-0142`.

    Source: lag (1974:174) om identitetsbeteckning för juridiska personer m.fl.; the third digit is 2 or more, the last
    one is checked by the Luhn algorithm.

    Args:
        text: The number as it was typed, perhaps with 16 before it.

    Returns:
        Empty if it is none.
    """
    plain = re.sub(r"[\s\u2010-\u2015-]", "", text)
    digits = plain.removeprefix("16") if len(plain) == 12 else plain
    if not re.fullmatch(r"[1-9]\d[2-9]\d{7}", digits, re.ASCII):
        return ""
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(digits))
    return f"{digits[:6]}-{digits[6:]}" if sum(number // 10 + number % 10 for number in doubled) % 10 == 0 else ""
