"""E-mail addresses: their form, and to whom their domain belongs."""

import re
from collections.abc import Mapping

LONGEST_EMAIL = 254
"""The most characters of an e-mail address (RFC 5321, section 4.5.3.1.3)."""
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")


def is_email(text: str) -> bool:
    """Tell whether a text has the form of an e-mail address: around one `@`, visible, and with a dot in its domain."""
    return len(text) <= LONGEST_EMAIL and text.isprintable() and _EMAIL.fullmatch(text) is not None


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
