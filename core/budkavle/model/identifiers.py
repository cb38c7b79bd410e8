"""Identifiers, names and e-mail addresses that come from outside."""

import re
from collections.abc import Mapping
from uuid import UUID

from budkavle.model.sentences import Sentence

LONGEST_NAME = 200
LONGEST_EMAIL = 254
"""The most characters of an e-mail address (RFC 5321, section 4.5.3.1.3)."""
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


def as_uuid(value: str | None) -> UUID | None:
    """Return a foreign identifier as a UUID.

    Args:
        value: The identifier.

    Returns:
        None if it is no UUID.
    """
    try:
        return UUID(value) if value else None
    except ValueError:
        return None


def owner_of_domain(domains: Mapping[str, str], email: str) -> str:
    """Return to whom the domain of an e-mail address belongs, or the nearest one above it; empty where to nobody.

    Args:
        domains: The owners by their domains.
        email: The address.
    """
    owners = {domain.lower().strip("."): owner for domain, owner in domains.items()}
    domain = email.rpartition("@")[2].strip().lower().strip(".")
    while domain and domain not in owners:
        domain = domain.partition(".")[2]
    return owners.get(domain, "")


def one_line(typed: str) -> str:
    """Return typed text with each run of white space as one blank, and none around it."""
    return " ".join(typed.split())


def is_blank(text: str) -> bool:
    """Tell whether nothing of a text is seen: it is empty, or white space and characters of no width."""
    return not any(letter.isprintable() and not letter.isspace() for letter in text)


def visible(text: str) -> str:
    """Return a program's text on one line without characters that nobody sees; nobody is there to type it again."""
    return one_line("".join(letter for letter in text if not has_hidden(letter)))


def has_hidden(text: str) -> bool:
    """Tell whether a text has characters that nobody sees, beside blanks and line breaks."""
    return any(not (letter.isprintable() or letter.isspace()) for letter in text)


def name_fault(name: str, missing: str) -> str:
    """Validate a name.

    A name is shown beside what its owner does. So it has no characters that nobody sees: they would make it look
    empty or like another one, or turn what stands beside it.

    Args:
        name: The name, as `one_line` returns it.
        missing: The sentence for an empty name.

    Returns:
        A sentence for the user; empty if the name is valid.
    """
    if not name:
        return missing
    if len(name) > LONGEST_NAME:
        return Sentence("Namnet får ha högst {longest_name} tecken.", longest_name=LONGEST_NAME)
    return "" if name.isprintable() else "Namnet har tecken som inte syns. Skriv det på nytt."


def is_email(text: str) -> bool:
    """Tell whether a text has the form of an e-mail address: around one `@`, visible, and with a dot in its domain."""
    return len(text) <= LONGEST_EMAIL and text.isprintable() and _EMAIL.fullmatch(text) is not None
