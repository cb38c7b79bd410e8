"""The text of the messages: the sender and what to do, never what a secure message is about."""

import re
from ipaddress import ip_address

from budkavle_sms.messages.segments import plain, segments

MINUTES = 10
"""How long a code is valid."""
PLACE = "{organisation}"
NOTICES = {
    "sv": "Du har ett säkert meddelande från {organisation}. Se din e-post.",
    "en": "You have a secure message from {organisation}. See your e-mail.",
}
_CODES = {
    "sv": (
        "{who}: koden är {code}. Den gäller i {minutes} minuter. Lämna aldrig ut den.",
        "{who}: koden är {code}.",
    ),
    "en": (
        "{who}: the code is {code}. It is valid for {minutes} minutes. Never pass it on.",
        "{who}: the code is {code}.",
    ),
}
_LONGEST_NAME = 60


def code_text(organisation: str, code: str, host: str, language: str) -> str:
    """Return the message with a code: one SMS in the GSM alphabet, whatever the organisation's name is.

    The last line lets the browser offer the code, at that host only (WICG, "Origin-bound one-time codes delivered via
    SMS"); it is left out if it does not fit, or if the host has no name.
    """
    who = plain(organisation)
    who = who if len(who) <= _LONGEST_NAME else f"{who[: _LONGEST_NAME - 3].rstrip()}..."
    binding = f"\n\n@{host} #{code}" if _has_name(host) else ""
    long, short = (
        text.format(who=who, code=code, minutes=MINUTES) for text in _CODES["en" if language == "en" else "sv"]
    )
    fitting = (text for text in (long + binding, short + binding, long) if len(segments(text).parts) == 1)
    return next(fitting, short)


def notice(template: str, organisation: str) -> str:
    """Return the notice about a secure message."""
    return template.replace(PLACE, organisation)


def _has_name(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return bool(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host))
    return False
