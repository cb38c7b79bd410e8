"""Identifiers that come from outside."""

from collections.abc import Mapping
from uuid import UUID


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
