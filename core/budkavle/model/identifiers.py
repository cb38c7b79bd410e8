"""Identifiers that come from outside."""

from uuid import UUID


def as_uuid(value: str | None) -> UUID | None:
    """Return the UUID that a foreign identifier is, or None where it is something else."""
    try:
        return UUID(value) if value else None
    except ValueError:
        return None
