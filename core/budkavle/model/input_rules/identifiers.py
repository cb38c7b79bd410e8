"""Identifiers that come from outside."""

import hashlib
from uuid import UUID

from budkavle.model.sentences import clean

LONGEST_KEY = 1_000
"""The most bytes of a peer's identifier as it is stored; the database's indexes take two of these, and no more."""


def as_key(identifier: str) -> str:
    """Return a peer's identifier as it is stored and found.

    Args:
        identifier: The identifier, which may be anything.

    Returns:
        Its SHA-256 in hexadecimal if it is too long for an index; without NUL, which no column holds.
    """
    cleaned = clean(identifier)
    data = cleaned.encode()
    return cleaned if len(data) <= LONGEST_KEY else hashlib.sha256(data).hexdigest()


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
