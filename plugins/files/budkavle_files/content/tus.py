"""The server's part of tus 1.0.0, https://tus.io/protocols/resumable-upload: core, creation and termination.

A POST with the file's name and size returns an address; PATCH sends bytes to it, HEAD asks how many have arrived, and
DELETE ends the upload. Any process answers any of them.
"""

import asyncio
import base64
import binascii
import json
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial, wraps
from pathlib import PurePosixPath
from typing import Any, Final, TypeAlias
from uuid import UUID

from anyio import CancelScope, CapacityLimiter, to_thread
from litestar import Response, delete, get, head, patch, post, route
from litestar.di import NamedDependency
from litestar.params import FromPath

from budkavle import Actor, BudkavleError, Host, Invalid, NotFound, Work, as_uuid
from budkavle.cases import OwnedFile, Upload
from budkavle.operations import FileRefused
from budkavle.web import Form, Visitor, WebRequest, allow_body
from budkavle_files.content import uploads
from budkavle_files.content.uploads import MOST_BYTES, UPLOADS, NewUpload

PATH: Final = "/plugin/files/uploads"
VERSION: Final = "1.0.0"
GATHERED: Final = 1 << 20
"""Bytes that are collected before a thread encrypts them."""
RUNNING: Final = 16
_HEADERS: Final = {"tus-resumable": VERSION, "cache-control": "no-store"}
Answer: TypeAlias = Response[Any]


class _Refused(BudkavleError):
    """The request does not follow the protocol."""

    slug, title = "tus", "Uppladdningen kunde inte fortsätta"

    def __init__(self, status: int) -> None:
        super().__init__("Uppladdningen är inte som servern väntar sig.")
        self.status = status  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class Sender:
    """The sender of files: a user with an account, or a guest.

    Attributes:
        actor: The sender's actor.
        id: The owner of the uploads.
        path: The path of the uploads.
        check: Checks that a form, or the header of a request without one, belongs to the sender's session.
        mark: The key by which the sender's concurrent requests are counted.
        say: Translates a sentence.
        judge: Called with a unit of work, the target and the file's name before any bytes arrive, and with the file too
            once it is complete; it raises if the sender may not do it. The checks of `uploads` come after it.
        is_guest: Whether it is a guest.
    """

    actor: Actor
    id: UUID
    path: str
    check: Callable[[Form], None]
    mark: str
    say: Callable[[str], str]
    judge: Callable[[Work, UUID, str, OwnedFile | None], None]
    is_guest: bool = False


def handlers(host: Host) -> list[Any]:
    """Return the routes for users with an account."""
    address = f"{PATH}/{{upload_id:uuid}}"

    @post(PATH, sync_to_thread=True)
    def create(request: WebRequest, visitor: NamedDependency[Visitor]) -> Answer:
        """Create an upload."""
        return make_place(host, request, sender_of(visitor))

    @get(PATH, sync_to_thread=True)
    def own(request: WebRequest, visitor: NamedDependency[Visitor]) -> Answer:
        """Return the unfinished uploads with a fingerprint."""
        return list_waiting(host, request, sender_of(visitor))

    @head(address, sync_to_thread=True)
    def ask(visitor: NamedDependency[Visitor], upload_id: FromPath[UUID]) -> Response[None]:
        """Return how many bytes have arrived."""
        return tell_offset(host, sender_of(visitor), upload_id)

    @patch(address)
    async def add(request: WebRequest, visitor: NamedDependency[Visitor], upload_id: FromPath[UUID]) -> Answer:
        """Receive bytes; those that arrived are kept if the connection breaks."""
        return await take_bytes(host, request, sender_of(visitor), upload_id)

    @delete(address, sync_to_thread=True, status_code=204)
    def stop(request: WebRequest, visitor: NamedDependency[Visitor], upload_id: FromPath[UUID]) -> Response[None]:
        """End the upload."""
        return give_up(host, request, sender_of(visitor), upload_id)

    return [_options(), create, own, ask, add, stop]


def sender_of(visitor: Visitor) -> Sender:
    """Return a user with an account as a sender."""
    return Sender(
        visitor.actor,
        visitor.actor.user_id,
        PATH,
        visitor.check_form,
        f"files {visitor.mark}",
        visitor.say,
        lambda work, target_id, name, file: None,  # noqa: ARG005 - an account's own rights are checked
    )


def _options() -> Any:
    @route(PATH, http_method=["OPTIONS"], status_code=204)
    async def options() -> Response[None]:
        """Return the supported protocol version and extensions."""
        more = {"tus-version": VERSION, "tus-extension": "creation,termination", "tus-max-size": str(MOST_BYTES)}
        return Response(None, status_code=204, headers={**_HEADERS, **more})

    return options


def _answering(handler: Callable[..., Answer]) -> Callable[..., Answer]:
    """Respond to an error as the protocol requires; the sender is the last argument except for the upload."""

    @wraps(handler)
    def answer(host: Host, request: WebRequest, sender: Sender, *upload_id: UUID) -> Answer:
        try:
            return handler(host, request, sender, *upload_id)
        except BudkavleError as error:
            return _refusal(error, sender)

    return answer


@_answering
def make_place(host: Host, request: WebRequest, sender: Sender) -> Answer:
    """Create an upload, and return its address; an empty file is complete at once."""
    _check(request, sender)
    new = _new_upload(request.headers)
    if sender.is_guest:  # an existing folder may require a higher level than the guest's
        new = replace(new, folders=())
    with host.work(sender.actor) as work:
        sender.judge(work, new.target_id, new.name, None)
        upload = uploads.begin(host, work, new, sender.id)
    if new.size == 0:
        taking = UPLOADS.receiving(host.platform, sender.actor, upload.id, 0, partial(_finish, host, sender))
        _feed(taking, None)
        _feed(taking, b"")
    headers = {**_HEADERS, "location": f"{sender.path}/{upload.id}", "upload-offset": "0"}
    return Response(b"", status_code=201, headers=headers)


def list_waiting(host: Host, request: WebRequest, sender: Sender) -> Answer:
    """Return the unfinished uploads with a fingerprint; the browser keeps no list of its own."""
    fingerprint = request.headers.get("x-fingerprint", "")
    with host.work(sender.actor) as work:
        waiting = uploads.list_own(host, work, sender.id, fingerprint=fingerprint) if fingerprint else []
    rows = [{"url": f"{sender.path}/{upload.id}", "size": upload.size} for upload in waiting]
    return Response(json.dumps(rows), media_type="application/json", headers={"cache-control": "no-store"})


def tell_offset(host: Host, sender: Sender, upload_id: UUID) -> Response[None]:
    """Return how many bytes of a file have arrived."""
    upload = _find(host, sender, upload_id)
    return Response(None, headers={**_offset(upload), "upload-length": str(upload.size)})


async def take_bytes(host: Host, request: WebRequest, sender: Sender, upload_id: UUID) -> Answer:
    """Receive bytes of a file; those that arrived are kept if the connection breaks."""
    try:
        return await _take(host, request, sender, upload_id)
    except BudkavleError as error:
        return _refusal(error, sender)


@_answering
def give_up(host: Host, request: WebRequest, sender: Sender, upload_id: UUID) -> Answer:
    """Remove an unfinished upload."""
    _check(request, sender)
    with host.work(sender.actor) as work:
        uploads.give_up(host, work, sender.id, upload_id)
    return Response(None, status_code=204, headers=_HEADERS)


def _refusal(error: BudkavleError, sender: Sender) -> Answer:
    more = {"tus-version": VERSION} if error.status == 412 else {}
    text = " ".join(sender.say(sentence) for sentence in (error.sentence, *error.fields.values()))
    media = "text/plain"
    return Response(text.encode(), status_code=error.status, media_type=media, headers={**_HEADERS, **more})


async def _take(host: Host, request: WebRequest, sender: Sender, upload_id: UUID) -> Answer:
    _check(request, sender)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/offset+octet-stream":
        raise _Refused(415)
    offset = number(request.headers.get("upload-offset", ""))
    if offset is None:
        raise _Refused(400)
    upload = await to_thread.run_sync(_find, host, sender, upload_id)
    allow_body(request, upload.size, sender.mark, RUNNING)
    taking = UPLOADS.receiving(host.platform, sender.actor, upload_id, offset, partial(_finish, host, sender))
    try:
        return Response(None, status_code=204, headers=_offset(await _receive(request, taking, sender.mark)))
    except FileRefused:  # the bytes are destroyed; free the space reserved for them
        await to_thread.run_sync(_give_up, host, sender, upload_id)
        raise


async def _receive(request: WebRequest, taking: "Generator[None, bytes, Upload]", whose: str) -> Upload:
    """Pass on bytes piece by piece while the next ones arrive; a thread is held only while it encrypts."""
    threads = request.app.state.upload_threads
    sealing = _Sealing(taking, threads.all)
    gathered, size = list[bytes](), 0
    try:
        await sealing.hand_over(None)
        async for chunk in request.stream():
            gathered.append(chunk)
            size += len(chunk)
            if size >= GATHERED:
                await sealing.hand_over(b"".join(gathered))
                gathered, size = [], 0
        if size:
            await sealing.hand_over(b"".join(gathered))
            gathered = []
        async with threads.of(whose):  # a complete file is scanned, which may take long
            await sealing.hand_over(b"")
            upload = await sealing.wait()
    except BaseException:
        with CancelScope(shield=True), suppress(BudkavleError):  # the first error is the one to report
            with suppress(BudkavleError):
                await sealing.wait()
            await sealing.run(_keep, taking, b"".join(gathered))
        raise
    if upload is None:
        raise AssertionError
    return upload


class _Sealing:
    """A thread encrypts one piece while the loop collects the next: no more than two are in memory."""

    def __init__(self, taking: "Generator[None, bytes, Upload]", threads: CapacityLimiter) -> None:
        self.run = partial(to_thread.run_sync, limiter=threads)
        self._taking = taking
        self._task: asyncio.Task[Upload | None] | None = None

    async def hand_over(self, piece: bytes | None) -> None:
        """Start encrypting a piece, once the previous one is done; an error of that one is raised here."""
        await self.wait()
        self._task = asyncio.create_task(self.run(_feed, self._taking, piece))

    async def wait(self) -> Upload | None:
        """Wait until the last piece is encrypted; return the upload if it was the end of the file."""
        return await asyncio.shield(self._task) if self._task else None


def _keep(taking: "Generator[None, bytes, Upload]", rest: bytes) -> None:
    """Keep the bytes that arrived before the connection broke."""
    with suppress(StopIteration):
        if rest:
            taking.send(rest)
    taking.close()


def _feed(taking: "Generator[None, bytes, Upload]", piece: bytes | None) -> Upload | None:
    """Pass on bytes; None starts the generator, and its final result is returned."""
    try:
        if piece is None:
            next(taking)
        else:
            taking.send(piece)
    except StopIteration as end:
        upload: Upload = end.value
        return upload
    return None


def _finish(host: Host, sender: Sender, work: Work, file: OwnedFile) -> None:
    sender.judge(work, file.owner_id, file.name, file)
    uploads.finish(host, work, file)


def _give_up(host: Host, sender: Sender, upload_id: UUID) -> None:
    with host.work(sender.actor) as work, suppress(NotFound):
        uploads.give_up(host, work, sender.id, upload_id)


def _find(host: Host, sender: Sender, upload_id: UUID) -> Upload:
    with host.work(sender.actor) as work:
        return uploads.find(host, work, sender.id, upload_id)


def _check(request: WebRequest, sender: Sender) -> None:
    sender.check(Form())
    if request.headers.get("tus-resumable") != VERSION:
        raise _Refused(412)


def _offset(upload: Upload) -> dict[str, str]:
    return {**_HEADERS, "upload-offset": str(upload.received)}


def _new_upload(headers: Mapping[str, str]) -> NewUpload:
    size, metadata = number(headers.get("upload-length", "")), read_metadata(headers.get("upload-metadata", ""))
    target = as_uuid(metadata.get("target", ""))
    if size is None:
        raise _Refused(400)
    if target is None:
        raise NotFound("Välj en katalog att lägga filen i.")
    folders = PurePosixPath(metadata.get("path", "")).parts[:-1]
    return NewUpload(
        target,
        metadata.get("filename", ""),
        size,
        metadata.get("filetype", ""),
        [part for part in folders if part not in {"/", ".", ".."}],
        metadata.get("fingerprint", ""),
    )


def number(text: str) -> int | None:
    """Parse the number of a header: digits only, without sign or spaces."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def read_metadata(text: str) -> dict[str, str]:
    """Parse the header Upload-Metadata: comma-separated pairs of a key and a value in base64.

    Raises:
        Invalid: The header is malformed.
    """
    metadata = dict[str, str]()
    for pair in text.split(",") if text.strip() else []:
        key, _, value = pair.strip().partition(" ")
        try:
            metadata[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError, ValueError) as error:
            raise Invalid("Filens uppgifter kom inte fram helt. Försök igen.") from error
    return metadata
