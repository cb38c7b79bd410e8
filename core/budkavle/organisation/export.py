"""Writing the archives that two administrators have approved, and deleting them when they expire.

The archive is encrypted to the recipient in memory, and then written to the store: it is never stored in plain text,
and nobody here can open it. If a worker dies, the next one starts the request again.
"""

import io
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import pyrage
import structlog

from budkavle.model.errors import BudkavleError, Conflict, Unavailable
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.model.states import ApprovalState
from budkavle.organisation import export_requests
from budkavle.organisation.archive import Archive
from budkavle.organisation.export_requests import ExportRequest
from budkavle.storage.blobs.writer import BlobWriter
from budkavle.storage.platform import Platform, run_for_each

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

log = structlog.get_logger("budkavle.organisation.export")


def run_exports(platform: Platform) -> int:
    """Write approved exports and delete expired ones; a job. Returns the number of requests handled.

    Raises:
        Exception: As `Platform.in_each_organisation` does; what could not be handled stays for the next run.
    """
    requests: defaultdict[UUID, list[ExportRequest]] = defaultdict(list)
    for request in (*export_requests.expired_exports(platform), *export_requests.approved_exports(platform)):
        requests[request.organisation_id].append(request)
    return run_for_each(requests, lambda organisation_id: _handle(platform, requests[organisation_id]))


def _handle(platform: Platform, requests: Sequence[ExportRequest]) -> int:
    """Handle the requests about one organisation; returns how many there were."""
    for request in requests:
        if request.state is ApprovalState.APPROVED:
            _try_to_write(platform, request)
            continue
        if request.file:
            platform.blobs.delete(request.file)
        _end(platform, request, ApprovalState.EXPIRED)
    return len(requests)


def _try_to_write(platform: Platform, request: ExportRequest) -> None:
    try:
        write_export(platform, request)
    except Unavailable:
        raise
    except BudkavleError as error:
        failure = {"organisation": str(request.organisation_id), "error": type(error).__name__}
        log.error("organisation.export_failed", **failure)  # noqa: TRY400 - the error may hold content
        _end(platform, request, ApprovalState.FAILED)


def write_export(platform: Platform, request: ExportRequest) -> None:
    """Write one archive; it can be downloaded once it is complete.

    Raises:
        Conflict: The organisation is being removed, or is gone.
        Damaged: Data in the store or in the tables cannot be authenticated.
        Unavailable: The database or the store does not answer; the next run starts again.
    """
    words, key = request.words, os.urandom(32)
    about = {
        "organisation": {"id": str(request.organisation_id), "name": words.name, "slug": words.slug},
        "asked_by": words.asker,
        "approved_by": words.decider,
        "reason": words.reason,
        "receiver": words.receiver,
    }
    name = f"{request.organisation_id}/{request.id.hex}"
    pieces = Archive(platform, request.organisation_id, about).pieces()
    with BlobWriter(platform.blobs, name, key, export_requests.file_aad(request), None) as writer:
        _encrypt(pieces, writer, words.receiver)
        written = writer.close()
    try:
        with platform.work(SystemActor(request.organisation_id, CORE_NAME)) as work:
            export_requests.note_written(work, request, written.name, key, written.size)
    except Conflict:
        platform.blobs.delete(written.name)
        raise


def _encrypt(pieces: Iterator[bytes], writer: BlobWriter, receiver: str) -> None:
    source, target = _Source(pieces), _Target(writer)
    try:
        pyrage.encrypt_io(source, target, [pyrage.x25519.Recipient.from_str(receiver)])
    finally:
        # The library wraps a read error, and drops an error of its last write.
        error = source.error or target.error
        if error is not None:
            raise error


def _end(platform: Platform, request: ExportRequest, state: ApprovalState) -> None:
    with platform.work(SystemActor(request.organisation_id, CORE_NAME)) as work:
        export_requests.note_ended(work, request, state)


class _Source(io.BufferedIOBase):
    """The pieces as a readable file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._waiting = memoryview(b"")
        self.error: Exception | None = None

    def read(self, size: int | None = -1, /) -> bytes:
        try:
            while not self._waiting:
                piece = next(self._pieces, None)
                if piece is None:
                    return b""
                self._waiting = memoryview(piece)
        except Exception as error:
            self.error = error
            raise
        most = len(self._waiting) if size is None or size < 0 else size
        taken, self._waiting = self._waiting[:most], self._waiting[most:]
        return bytes(taken)


class _Target(io.BufferedIOBase):
    """The writer as a writable file."""

    def __init__(self, writer: BlobWriter) -> None:
        self._writer = writer
        self.error: Exception | None = None

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            self._writer.write(memoryview(data).tobytes())
        except Exception as error:
            self.error = error
            raise
        return memoryview(data).nbytes

    def flush(self) -> None:
        """Do nothing: `close` writes everything."""
