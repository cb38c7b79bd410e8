"""Sends a package to a browser or a program, from any byte on, so that a broken download can continue."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from litestar import Response
from litestar.response import Stream

from budkavle import Actor, Host, NotFound, Sentence, record
from budkavle_records.archive.package import check
from budkavle_records.archive.package.sealed_stream import SealedStream
from budkavle_records.archive.store import FILES, MEDIA_TYPE, StoredPackage

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
NOT_THERE = "Paketet finns inte kvar här."


def give(host: Host, actor: Actor, package: StoredPackage, header: str, if_range: str) -> Response[bytes] | Stream:
    """Return a package, or the part of it that a request asks for.

    Args:
        host: The plugin's host.
        actor: The actor who gets it; access has been checked.
        package: The package.
        header: The Range header; empty if there is none.
        if_range: The If-Range header, so that a part of another file is never taken for a part of this one.

    Raises:
        NotFound: The package has not been made, or has been removed.
    """
    if package.file_id is None:
        raise NotFound(NOT_THERE)
    tag = f'"{package.sha256}"'
    span = _span(header, package.size) if not if_range or if_range == tag else None
    headers = {
        "accept-ranges": "bytes",
        "etag": tag,
        "content-disposition": f'attachment; filename="{package.name}.zip"',
        "content-security-policy": "default-src 'none'; sandbox",
        "cache-control": "no-store",
    }
    if span is not None and span[0] >= package.size:
        refused = {**headers, "content-range": f"bytes */{package.size}"}
        return Response(b"", status_code=416, media_type=MEDIA_TYPE, headers=refused)
    start, stop = span or (0, package.size)
    if span is not None:
        headers["content-range"] = f"bytes {start}-{stop - 1}/{package.size}"
    headers["content-length"] = str(stop - start)
    with host.work(actor) as work:
        pieces = FILES.open(work, package.file_id, start)
        if start == 0:
            record(work, "records.package-fetched", package.case_id, package=str(package.id))
    status = 206 if span is not None else 200
    return Stream(_most(pieces, stop - start), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def check_stored(host: Host, actor: Actor, package: StoredPackage) -> list[Sentence]:
    """Return the faults of a package in the store; an empty list if there are none.

    Raises:
        NotFound: The package has not been made, or has been removed.
    """
    if package.file_id is None:
        raise NotFound(NOT_THERE)
    return check.check(SealedStream(package.size, partial(_open_at, host, actor, package)))


def _open_at(host: Host, actor: Actor, package: StoredPackage, start: int) -> Iterator[bytes]:
    if package.file_id is None:
        raise NotFound(NOT_THERE)
    with host.work(actor) as work:
        return FILES.open(work, package.file_id, start)


def _span(header: str, size: int) -> tuple[int, int] | None:
    """Return the bytes that a Range header asks for, as start and stop; None means all of them.

    A header that cannot be parsed, or that asks for several parts, is ignored, as RFC 9110 specifies.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        length = int(last)
        return (max(0, size - length), size) if length else (size, size)
    start, stop = int(first), min(size, int(last) + 1 if last else size)
    if last and int(last) < start:
        return None
    return start, stop


def _most(pieces: Iterator[bytes], remaining: int) -> Iterator[bytes]:
    for piece in pieces:
        if remaining <= 0:
            return
        yield piece[:remaining]
        remaining -= len(piece)
