"""Downloads: a file or an older version of it, whole or from any byte on, in constant memory."""

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from budkavle import Host, NotFound, Work
from budkavle.accounts import require_loa
from budkavle.web import Visitor, WebRequest
from budkavle_files.reading.readings import note_reading
from budkavle_files.tree import rights
from budkavle_files.tree.things import GONE, AccessRole, Entry, EntryKind, Version
from budkavle_files.tree.versions import FILES, find_version

GATHERED: Final = 1 << 20
"""Bytes that are decrypted before they are passed to the server: each hand-over costs a thread switch."""
_MEDIA: Final = "application/octet-stream"
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def handlers(host: Host) -> list[Any]:
    """Return the routes."""

    @get("/plugin/files/{entry_id:uuid}/content", sync_to_thread=True, as_it_is=True)
    def download(
        request: WebRequest, visitor: NamedDependency[Visitor], entry_id: FromPath[UUID], version: FromQuery[int] = 0
    ) -> Response[Any]:
        """Return the bytes of a file, or the requested range."""
        with visitor.work() as work:
            entry = require_readable(host, work, entry_id)
            opened = find_version(host, work, entry, version or None)
            answer, opens = _give(work, request, entry, opened)
            if opens:
                note_reading(host, work, entry, opened.number)
        return answer

    return [download]


def require_readable(host: Host, work: Work, entry_id: UUID) -> Entry:
    """Return a file or a note that the actor may open now.

    Raises:
        NotFound: It is out of the actor's reach, or a catalogue.
        StepUp: It requires a higher level than the actor's session has.
    """
    entry = rights.require(host, work, entry_id, AccessRole.READER)
    if entry.kind is EntryKind.CATALOGUE:
        raise NotFound(GONE)
    require_loa(work.actor, entry.level)
    return entry


def _give(work: Work, request: WebRequest, entry: Entry, version: Version) -> tuple[Response[Any], bool]:
    """Return the response, and whether it starts at the beginning: resuming a download is not a new reading."""
    tag = f'"{version.file_id}"'
    if_range = request.headers.get("if-range", "")
    span = read_range(request.headers.get("range", ""), version.size) if if_range in {"", tag} else None
    headers = {"accept-ranges": "bytes", "etag": tag, **safe_headers(entry.name)}
    if span is not None and span[0] >= version.size:
        headers["content-range"] = f"bytes */{version.size}"
        return Response(b"", status_code=416, media_type=_MEDIA, headers=headers), False
    start, stop = span or (0, version.size)
    if span is not None:
        headers["content-range"] = f"bytes {start}-{stop - 1}/{version.size}"
    headers["content-length"] = str(stop - start)
    pieces = FILES.open(work, version.file_id, start) if stop > start else iter(())
    status = 206 if span is not None else 200
    answer = Stream(gathered(_first(pieces, stop - start)), status_code=status, media_type=_MEDIA, headers=headers)
    return answer, start == 0


def safe_headers(name: str) -> dict[str, str]:
    """Return headers that make a browser save a file under its name, and not show it as one of our pages."""
    return {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }


def read_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the bytes of a Range header, as start and end (exclusive); None for all of them.

    A header that is not understood, or asks for several parts, is ignored, as RFC 9110 section 14.2 says. A range that
    cannot be satisfied starts at `size` or after it.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        length = int(last)
        return (max(0, size - length), size) if length and size else (size, size)
    start, stop = int(first), min(size, int(last) + 1 if last else size)
    if last and int(last) < start:
        return None
    return start, stop


def gathered(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Join small pieces into larger ones."""
    waiting = list[bytes]()
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= GATHERED:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def _first(pieces: Iterator[bytes], remaining: int) -> Iterator[bytes]:
    for piece in pieces:
        yield piece[:remaining] if remaining < len(piece) else piece
        remaining -= len(piece)
        if remaining <= 0:
            return
