"""Whether uploads lose metadata from cameras and programs, and which of them still have names of people."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select

from budkavle.accounts.message_settings import FileSettings
from budkavle.accounts.stored_settings import read_settings
from budkavle.cases import file_metadata
from budkavle.cases.owned import detached_signatures, uploaders
from budkavle.model.messages import Attachment
from budkavle.model.people import CORE_NAME, Actor, ActorKind, SystemActor
from budkavle.model.sentences import Sentence
from budkavle.storage import tables
from budkavle.storage.platform import Platform, Work

NAMES_PEOPLE: Final = (
    "Dokumentet innehåller kommentarer eller spårade ändringar med namn. Ta bort dem först om det behövs."
)


def loses_metadata(platform: Platform, actor: Actor, file: Attachment, head: bytes) -> bool:
    """Tell whether a file with these first bytes is stored without its metadata.

    People's uploads are, unless their organisation has chosen otherwise or a signature of the file is uploaded too. A
    program's file is kept unchanged: the program is responsible for its bytes, and may have signed them.
    """
    if actor.kind not in {ActorKind.USER, ActorKind.GUEST} or not file_metadata.may_have(head):
        return False
    with platform.work(SystemActor(actor.organisation_id, CORE_NAME)) as work:
        if read_settings(work, FileSettings).picture_metadata:
            return False
    with platform.work(actor) as work:
        return not detached_signatures.is_signed(work, file.file_name)


def notes(work: Work, attachment_ids: Sequence[UUID]) -> dict[UUID, list[Sentence]]:
    """Return notes for the author about the actor's uploads, by id: names in them, and signatures."""
    notes_by_id = defaultdict[UUID, list[Sentence]](list)
    for attachment_id in naming_people(work, attachment_ids):
        notes_by_id[attachment_id].append(Sentence(NAMES_PEOPLE))
    for attachment_id, sentence in detached_signatures.notes(work, attachment_ids).items():
        notes_by_id[attachment_id].append(sentence)
    return notes_by_id


def naming_people(work: Work, attachment_ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the actor's uploads that have comments or tracked changes with names."""
    if not attachment_ids:
        return set()
    table = tables.attachments
    with_names = (table.c.organisation_id == work.organisation_id, uploaders.is_of(work.actor), table.c.names_people)
    return set(work.connection.scalars(select(table.c.id).where(*with_names, table.c.id.in_(attachment_ids))))
