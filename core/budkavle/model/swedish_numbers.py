"""Swedish numbers that people type: of a mobile phone, and of a person."""

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
