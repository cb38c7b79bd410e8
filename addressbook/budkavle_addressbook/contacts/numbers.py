"""Telephone and fax numbers as they are stored, in E.164. Pure."""

import re

_SIGNS = re.compile(r"[\s().,/\u2010-\u2015-]")
_E164 = re.compile(r"\+(?:46[1-9]\d{6,8}|(?!46)[1-9]\d{6,14})", re.ASCII)


def any_number(text: str) -> str:
    """Return a number as E.164. One without a country is Swedish (ITU-T E.164; the numbering plan of PTS).

    Args:
        text: The number as typed.

    Returns:
        Empty if it is not a number.
    """
    digits = _SIGNS.sub("", re.sub(r"\(\s*0\s*\)", "", text))
    digits = re.sub(r"^00", "+", digits)
    digits = re.sub(r"^(\+460|0)", "+46", digits)
    return digits if _E164.fullmatch(digits) else ""
