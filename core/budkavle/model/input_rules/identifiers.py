"""Identifiers that come from outside."""

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
