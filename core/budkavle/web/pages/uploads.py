"""Uploads of attachments: each file is encrypted while it arrives, and checked before it is kept."""

import json
from collections.abc import Generator, Sequence
from typing import Any
from uuid import UUID

from anyio import to_thread
from litestar import Response, delete, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from budkavle.cases import attachments
from budkavle.cases.owned import file_metadata_choice, sizes, uploaders
from budkavle.messaging import drafts, recipients
from budkavle.model.errors import BudkavleError, Invalid, Unavailable, Unsure
from budkavle.model.messages import Attachment
from budkavle.model.sentences import Sentence
from budkavle.web.auth import Visitor, check_own
from budkavle.web.http.forms import Form, OnFile, WebRequest, check_token, read_multipart

UNSURE = "Databasen svarar inte just nu, så {name} kom inte med. Välj filen igen."
Taken = Attachment | BudkavleError
"""A stored file, or the error that says why it was not stored."""


def keeper(visitor: Visitor, content_types: tuple[str, ...] = ()) -> OnFile:
    """Return the handler of a form's files: it stores each file, or returns the error that says why not.

    Args:
        visitor: The sender of the files.
        content_types: The accepted types; empty means any.
    """
    most, count = visitor.platform.settings.uploads.max_files, 0

    def keep(name: str, content_type: str) -> Generator[None, bytes, Taken]:
        nonlocal count
        count += 1
        try:
            if count > most:
                raise _refused(Sentence("Det får vara högst {most} bilagor. {name} är inte med.", most=most, name=name))
            if content_types and content_type not in content_types:
                raise _refused(
                    Sentence("{name} har en filtyp som mottagaren inte kan ta emot. Gör om den till PDF.", name=name)
                )
            return (yield from attachments.storing(visitor.platform, visitor.actor, name, content_type))
        except Unsure:  # what may still have been stored belongs to no message, and is removed later
            return Unavailable(UNSURE, name=name)
        except BudkavleError as error:
            return error

    return keep


async def read_checked(request: WebRequest, visitor: Visitor, content_types: tuple[str, ...] = ()) -> Form:
    """Read a form with files and check its token; if that is wrong, no files are kept.

    Raises:
        Forbidden: The token is missing or another session's.
    """
    form = await read_multipart(request, keeper(visitor, content_types), uploaders.key(visitor.actor))
    try:
        check_own(request, visitor, form)
    except BudkavleError:
        for file in form.files:
            if isinstance(file, Attachment):
                await to_thread.run_sync(_discard, visitor, file.id)
        raise
    return form


def _refuse_type(visitor: Visitor, kind: str, file: Attachment) -> None:
    """Refuse a file of a type that the organisation does not send in this kind of message, and delete it.

    Raises:
        Invalid: The type is not sent.
    """
    transports = visitor.platform.plugins.transports.values()
    of_kind = [transport for transport in transports if kind in {transport.name, transport.capabilities.family}]
    with visitor.work() as work:
        faults = recipients.type_faults(recipients.load_channel_types(work, [file]), of_kind, [file])
        if faults:
            attachments.discard(work, file.id)
    drafts.refuse_faults(faults)


def _note(visitor: Visitor, attachment_id: UUID) -> str:
    """Return the notes for the writer about a stored file; empty if there are none."""
    with visitor.work() as work:
        return say_notes(visitor, file_metadata_choice.notes(work, [attachment_id])[attachment_id])


def say_notes(visitor: Visitor, notes: Sequence[Sentence]) -> str:
    """Return notes about a file in the writer's language; empty if there are none."""
    return " ".join(visitor.say(note) for note in notes)


def _discard(visitor: Visitor, attachment_id: UUID) -> None:
    with visitor.work() as work:
        attachments.discard(work, attachment_id)


@post("/attachments", status_code=201)
async def upload(request: WebRequest, visitor: NamedDependency[Visitor], kind: FromQuery[str] = "") -> Response[str]:
    """Store one file for a message of this kind, and answer with its id.

    Raises:
        Invalid: There is no file, or it may not be sent.
        TooLarge: It is too large.
    """
    sizes.check_length(visitor.platform, request.headers.get("content-length", ""))
    transport = visitor.platform.plugins.transports.get(kind)
    form = await read_checked(request, visitor, transport.capabilities.content_types if transport else ())
    if not form.files:
        raise Invalid("Ingen fil kom fram. Välj filen igen.")
    file: Taken = form.files[0]
    if isinstance(file, BudkavleError):
        raise file
    await to_thread.run_sync(_refuse_type, visitor, kind, file)
    note = await to_thread.run_sync(_note, visitor, file.id)
    answer = {"id": str(file.id), "note": note}
    return Response(json.dumps(answer), status_code=201, media_type="application/json")


@delete("/attachments/{attachment_id:uuid}", sync_to_thread=True)
def discard(request: WebRequest, visitor: NamedDependency[Visitor], attachment_id: FromPath[UUID]) -> None:
    """Delete a file that has not been sent."""
    check_token(Form(), visitor.session.csrf, request.headers.get("x-csrf"))
    with visitor.work() as work:
        attachments.discard(work, attachment_id)


def _refused(sentence: str) -> Invalid:
    return Invalid("Filen kan inte bifogas.", fields={"attachments": sentence})


HANDLERS: list[Any] = [upload, discard]
