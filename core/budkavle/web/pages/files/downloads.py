"""A file as it was sent, to be saved."""

from collections.abc import Iterator
from urllib.parse import quote
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from budkavle.messaging.case_view import open_attachment
from budkavle.web.auth import Visitor

SANDBOX = "default-src 'none'; sandbox"
"""The policy of what strangers have written: nothing of it runs, and it belongs to no page of ours."""


@get("/a/{attachment_id:uuid}", sync_to_thread=True)
def download(visitor: NamedDependency[Visitor], attachment_id: FromPath[UUID]) -> Stream:
    """Give an attachment to be saved, never to be shown inside our own pages (feature M16)."""
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


HANDLERS = [download]
