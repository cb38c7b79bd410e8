"""Detached signatures: separate files that sign another file, and no longer match if a byte of it changes."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from budkavle.cases import message_store
from budkavle.cases.owned import uploaders
from budkavle.model.messages import Attachment
from budkavle.model.sentences import Sentence
from budkavle.storage.platform import Work
from budkavle.storage.tables import attachments

SUFFIXES: Final = (".p7s", ".sig", ".asc")
"""CMS (RFC 5652) and OpenPGP (RFC 9580), with the suffixes that signing programs use."""
WHOLE: Final = (
    "Filen sparas oförändrad eftersom du har bifogat en signatur för den. Eventuella dolda uppgifter finns kvar."
)
BROKEN: Final = (
    "Signaturen stämmer inte med {name}, som redan har sparats utan dolda uppgifter. Ta bort {name} och bifoga filen"
    " igen, så sparas den oförändrad."
)
_MOST: Final = 200
"""The most uploads of one person that are checked, the newest first."""


@dataclass(frozen=True, slots=True)
class _Upload:
    file: Attachment
    is_rewritten: bool


def signs(signature: str, name: str) -> bool:
    """Tell by their names whether one file is a signature of another: `x.pdf.p7s` and `x.p7s` are, of `x.pdf`."""
    stem, name = _signed_name(signature), name.casefold()
    return bool(stem) and not _signed_name(name) and stem in {name, name.rpartition(".")[0]}


def _signed_name(name: str) -> str:
    """Return the name of a signature without its suffix; empty if it is not a signature."""
    stem, dot, suffix = name.casefold().rpartition(".")
    return stem if f"{dot}{suffix}" in SUFFIXES else ""


def is_signed(work: Work, name: str) -> bool:
    """Tell whether the actor, a user, has an unsent upload that is a signature of a file with this name."""
    return any(signs(each.file.file_name, name) for each in _uploads(work))


def notes(work: Work, attachment_ids: Collection[UUID]) -> dict[UUID, Sentence]:
    """Return notes for the author about these uploads: files kept unchanged, and signatures that no longer match."""
    if not attachment_ids:
        return {}
    notes_of, uploads = dict[UUID, Sentence](), _uploads(work)
    for upload in uploads:
        name = upload.file.file_name
        signed = [other for other in uploads if signs(name, other.file.file_name)]
        if signed and all(other.is_rewritten for other in signed):
            notes_of[upload.file.id] = Sentence(BROKEN, name=signed[0].file.file_name)
        elif not upload.is_rewritten and any(signs(other.file.file_name, name) for other in uploads):
            notes_of[upload.file.id] = Sentence(WHOLE)
    return {attachment_id: sentence for attachment_id, sentence in notes_of.items() if attachment_id in attachment_ids}


def _uploads(work: Work) -> list[_Upload]:
    if work.actor.user_id is None:  # all guests share one actor
        return []
    c = attachments.c
    unsent = (c.organisation_id == work.organisation_id, c.message_id.is_(None), uploaders.is_of(work.actor))
    rows = work.connection.execute(select(attachments).where(*unsent).order_by(c.created_at.desc()).limit(_MOST))
    return [_Upload(message_store.attachment(work.platform, row), row.rewritten) for row in rows]
