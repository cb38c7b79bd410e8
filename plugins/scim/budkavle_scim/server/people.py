"""The account data from a SCIM user: address, name and language."""

import re

from scim2_models import Email

from budkavle.identification import DirectoryPerson
from budkavle_scim.server.resources import DirectoryUser, compared

_ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_LONGEST_NAME = 200


def person_of(user: DirectoryUser, *, active: bool | None) -> DirectoryPerson:
    """Return the account data from the directory; the address is empty if the directory gives none.

    Args:
        user: The user.
        active: Whether to open or close the account; None leaves it as it is.
    """
    return DirectoryPerson(address_of(user), _name(user), _language(user), active)


def address_of(user: DirectoryUser) -> str:
    """Return the address of a user: the work address, otherwise the primary, any, or a user name that is an address."""
    emails = [email for email in user.emails or [] if email.value and _ADDRESS.fullmatch(email.value)]
    best = min(emails, key=_order, default=None)
    if best is not None and best.value:
        return str(best.value)
    name = user.user_name or ""
    return name if _ADDRESS.fullmatch(name) else ""


def work_email(user: DirectoryUser) -> str | None:
    """Return the work address, normalised for filters; None if there is none."""
    address = next((email.value for email in user.emails or [] if email.type == "work" and email.value), None)
    return compared(str(address)) if address else None


def _order(email: Email) -> int:
    return 0 if email.type == "work" else 1 if email.primary else 2


def _name(user: DirectoryUser) -> str:
    name = user.name
    parts = [name.given_name, name.family_name] if name else []
    joined = " ".join(part for part in parts if part)
    choices = (user.display_name, name.formatted if name else None, joined, user.user_name)
    return next((choice.strip() for choice in choices if choice and choice.strip()), "?")[:_LONGEST_NAME]


def _language(user: DirectoryUser) -> str:
    chosen = str(user.preferred_language or user.locale or "").lower()
    return next((code for code in ("sv", "en") if chosen.startswith(code)), "")
