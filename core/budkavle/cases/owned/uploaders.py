"""Whose an upload is that belongs to no message yet: a person's, or a system's that has no account."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_

from budkavle.model.people import Actor, SystemActor
from budkavle.storage.tables import attachments

_UNSAID = ""
"""What a person's upload has; and one of a system's from before `uploader` was kept: any system has those."""


def columns(actor: Actor) -> dict[str, Any]:
    """Return the columns of an upload that say whose it is."""
    return {"uploaded_by": actor.user_id, "uploader": _name(actor)}


def key(actor: Actor) -> tuple[UUID, str]:
    """Return who it is in a word that is the same each time; guests of an organisation are one."""
    return actor.organisation_id, str(actor.user_id or _name(actor))


def is_of(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that an upload is an actor's; who has no account has only what they uploaded by name."""
    by_name = attachments.c.uploader.in_((_name(actor), _UNSAID))
    return and_(attachments.c.uploaded_by.is_not_distinct_from(actor.user_id), by_name)


def _name(actor: Actor) -> str:
    """Return the name of who has no account: an API client, a plugin, the system itself."""
    if actor.user_id is not None:
        return _UNSAID
    plugin = actor.plugin if isinstance(actor, SystemActor) else ""
    return f"{actor.kind} {plugin} {actor.name}"
