"""The sender that a phone shows: a name of a few plain letters, or a number that can be called back."""

import re
import unicodedata

from budkavle import Invalid, Sentence
from budkavle_sms.messages.phone_numbers import e164

LONGEST = 11
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{2,10}\Z")
WHY = "Telefonnätet tar bara emot 3 till 11 tecken: bokstäverna a–z utan å, ä och ö, siffror, och en bokstav först."


def sender(typed: str) -> str:
    """Return a sender in the form that networks accept.

    Anything else would be changed or dropped on the way (46elks.com/kb/sv/text-sender-id, docs.generic.se/smpp).

    Raises:
        Invalid: It is not a sender; if the name can be adapted, the message proposes how.
    """
    typed = typed.strip()
    if typed.startswith(("+", "0")):
        return e164(typed)
    if _NAME.match(typed):
        return typed
    mended = proposed(typed)
    if mended:
        raise Invalid("Avsändarnamnet går inte att använda. {why} Prova {name}.", why=Sentence(WHY), name=mended)
    raise Invalid("Avsändarnamnet går inte att använda. {why}", why=Sentence(WHY))


def is_name(value: str) -> bool:
    """Tell whether a sender is a name, not a number."""
    return not value.startswith("+")


def proposed(name: str) -> str:
    """Return the closest allowed name, such as `HaboKommun` for `Håbo kommun`; empty if there is none."""
    plain = unicodedata.normalize("NFKD", name.title()).encode("ascii", "ignore").decode()
    letters = re.sub(r"[^A-Za-z0-9]", "", plain).lstrip("0123456789")[:LONGEST]
    return letters if _NAME.match(letters) else ""
