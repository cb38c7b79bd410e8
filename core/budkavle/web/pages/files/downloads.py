"""Downloads of files as they were sent: one by one, or those of a message or a case as one ZIP."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from budkavle.messaging.case_view import case as read_case
from budkavle.messaging.case_view import open_attachment
from budkavle.model.errors import NotFound
from budkavle.model.input_rules.identifiers import as_uuid
from budkavle.model.messages import Attachment
from budkavle.web.auth import Visitor
from budkavle.zip_files import ZipMember, safe_name, unique_paths, write_zip

SANDBOX = "default-src 'none'; sandbox"
"""The policy for content from strangers: no scripts run, and it has an origin of its own."""


@get("/a/{attachment_id:uuid}", sync_to_thread=True)
def download(visitor: NamedDependency[Visitor], attachment_id: FromPath[UUID]) -> Stream:
    """Download an attachment; it is never shown inside our own pages (feature M16)."""
    with visitor.work() as work:
        attachment, pieces = open_attachment(work, attachment_id)
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(attachment.file_name, safe='')}",
        "content-length": str(attachment.size),
        "content-security-policy": SANDBOX,
    }
    return Stream(_nonempty(pieces), media_type="application/octet-stream", headers=headers)


def _nonempty(pieces: Iterator[bytes]) -> Iterator[bytes]:
    return (piece for piece in pieces if piece)


@get("/c/{case_id:uuid}/zip", sync_to_thread=True)
def download_all(visitor: NamedDependency[Visitor], case_id: FromPath[UUID], message: FromQuery[str] = "") -> Stream:
    """Download the files of a case, or of one of its messages, as one ZIP; each counts as downloaded (feature E16)."""
    only = as_uuid(message)
    with visitor.work() as work:
        view = read_case(work, case_id)
    of_messages = [entry.message for entry in view.thread if only is None or entry.message.id == only]
    files = [(file, message.created_at) for message in of_messages for file in message.attachments]
    if not files:
        raise NotFound("Det finns inga bilagor att ladda ner.")
    name = visitor.say("Bilagor till ärende {number}", number=view.case.number)
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(safe_name(name), safe='')}.zip",
        "content-security-policy": SANDBOX,
    }
    return Stream(write_zip(_members(visitor, files)), media_type="application/zip", headers=headers)


def _members(visitor: Visitor, files: Iterable[tuple[Attachment, datetime]]) -> Iterator[ZipMember]:
    """Yield the files with their content; one that is destroyed or recalled meanwhile is left out."""
    chosen = list(files)
    for path, (file, at) in zip(unique_paths(safe_name(file.file_name) for file, _ in chosen), chosen, strict=True):
        try:
            with visitor.work() as work:
                _, pieces = open_attachment(work, file.id)
        except NotFound:
            continue
        yield path, at, file.size, pieces


HANDLERS = [download, download_all]
