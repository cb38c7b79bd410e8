"""Whether uploads lose what cameras and programs have written of people, and which of them still name somebody."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from budkavle.accounts.message_settings import FileSettings
from budkavle.accounts.stored_settings import read_settings
from budkavle.cases import file_metadata
from budkavle.cases.owned import uploaders
from budkavle.model.people import CORE_NAME, Actor, ActorKind, SystemActor
from budkavle.storage import tables
from budkavle.storage.platform import Platform, Work


def loses_metadata(platform: Platform, actor: Actor, head: bytes) -> bool:
    """Tell whether a file that begins so is kept without its metadata.

    Files of people are, where their organisation has not chosen otherwise. What a program hands over is kept as it
    came: it answers for its bytes, and may have signed them.
    """
    if actor.kind not in {ActorKind.USER, ActorKind.GUEST} or not file_metadata.may_have(head):
        return False
    with platform.work(SystemActor(actor.organisation_id, CORE_NAME)) as work:
        return not read_settings(work, FileSettings).picture_metadata


def naming_people(work: Work, attachment_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the actor's uploads that have comments or tracked changes with names."""
    if not attachment_ids:
        return set()
    table = tables.attachments
    mine = (table.c.organisation_id == work.organisation_id, uploaders.is_of(work.actor), table.c.names_people)
    return set(work.connection.scalars(select(table.c.id).where(*mine, table.c.id.in_(attachment_ids))))
