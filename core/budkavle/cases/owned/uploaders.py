"""The owner of an upload that belongs to no message yet: a person, or a system without an account."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_

from budkavle.model.people import Actor, SystemActor
from budkavle.storage.tables import attachments

_UNSAID = ""
"""The value for people, and for systems' uploads from before `uploader` existed: any system owns those."""


def columns(actor: Actor) -> dict[str, Any]:
    """Return the columns of an upload that identify its owner."""
    return {"uploaded_by": actor.user_id, "uploader": _name(actor)}


def key(actor: Actor) -> tuple[UUID, str]:
    """Return a stable key of the owner; all guests of an organisation share one."""
    return actor.organisation_id, str(actor.user_id or _name(actor))


def is_of(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that an actor owns an upload; without an account, only uploads with the actor's name."""
    by_name = attachments.c.uploader.in_((_name(actor), _UNSAID))
    return and_(attachments.c.uploaded_by.is_not_distinct_from(actor.user_id), by_name)


def _name(actor: Actor) -> str:
    """Return the name of an actor without an account: an API client, a plugin, the system itself."""
    if actor.user_id is not None:
        return _UNSAID
    plugin = actor.plugin if isinstance(actor, SystemActor) else ""
    return f"{actor.kind} {plugin} {actor.name}"
