"""A user's own preferences, such as a signature or an automatic answer: JSON values by name."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from budkavle.accounts.permissions import require_user
from budkavle.model.errors import Invalid
from budkavle.model.sentences import Sentence
from budkavle.storage import audit
from budkavle.storage.platform import Work
from budkavle.storage.tables import users

THEME = "theme"
"""The theme of the pages: `light` or `dark`; empty follows the system."""
LONGEST = 4_000
"""The most characters of a text."""


def preferences(work: Work, user_id: UUID) -> Mapping[str, Any]:
    """Return a user's stored preferences.

    Args:
        work: The unit of work.
        user_id: The user, of the same organisation.

    Returns:
        Values by name; a preference that was never set is absent.
    """
    query = select(users.c.preferences)
    query = query.where(users.c.organisation_id == work.organisation_id, users.c.id == user_id)
    return work.connection.execute(query).scalar_one_or_none() or {}


def prefer(work: Work, name: str, value: str | bool | Mapping[str, str | bool]) -> None:
    """Store one preference of the actor. The event log records its name, never its value.

    Args:
        work: The unit of work; its actor is a user.
        name: The preference.
        value: A value that JSON can hold.

    Raises:
        Forbidden: The actor has no account.
        Invalid: A text is too long.
    """
    user_id = require_user(work.actor)
    texts = value.values() if isinstance(value, Mapping) else (value,)
    if any(isinstance(text, str) and len(text) > LONGEST for text in texts):
        raise Invalid(
            "Texten kunde inte sparas.",
            fields={name: Sentence("Texten får ha högst {longest} tecken.", longest=LONGEST)},
        )
    json_value = dict(value) if isinstance(value, Mapping) else value
    write = update(users).where(users.c.organisation_id == work.organisation_id, users.c.id == user_id)
    work.connection.execute(write.values(preferences=users.c.preferences.op("||")({name: json_value})))
    audit.record(work, "user.preferred", str(user_id), name=name)
