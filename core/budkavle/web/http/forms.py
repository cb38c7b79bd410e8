"""Form bodies: fields with their CSRF token, and files that are encrypted while they arrive.

Litestar's own `UploadFile` writes plain text to the temporary folder. So multipart bodies are read here, piece by
piece, and each file's pieces go straight to the vault. The event loop reads them, and a thread gets only data that has
arrived: a slow sender cannot hold a thread.
"""

import hmac
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Hashable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qsl
from uuid import UUID
from weakref import WeakValueDictionary

from anyio import CancelScope, CapacityLimiter, to_thread
from litestar import Request
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from budkavle.model.errors import Forbidden, Invalid, NotSignedIn, StepUp, TooLarge
from budkavle.model.input_rules.names import is_blank

WebRequest: TypeAlias = Request[Any, Any, Any]
MAX_FIELDS_BYTES = 2_000_000
MAX_FIELDS = 2_000
GATHERED = 256_000
"""Bytes of a file that are buffered before they are handed to a thread."""
UPLOAD_THREADS = 8
"""Threads per process that receive files, separate from those that render pages."""
OWN_THREADS = UPLOAD_THREADS // 2
"""At most this many of them finish one person's files, which may take long, so that others get their turn."""
STALE = (
    "Gå tillbaka i webbläsaren: det du skrev finns kvar i fälten. Kopiera det, läs in sidan på nytt och försök igen."
)

INCOMPLETE = "Formuläret kom inte fram helt. Försök igen."


class Stale(Forbidden):
    """The form comes from a page of another session, or from another site."""

    title = "Sidan är för gammal"


class Malformed(Invalid):
    """A body that does not match its header; no browser sends such a body."""

    slug, title = "malformed", "Formuläret kom inte fram helt"


@dataclass(slots=True)
class Form:
    """The fields of a form; a name may come several times.

    Attributes:
        values: Every value of each field, in order.
        files: What `on_file` returned, in order, for each file with a name.
        file_fields: The name of the field of each file.
    """

    values: dict[str, list[str]] = field(default_factory=dict)
    files: list[Any] = field(default_factory=list)
    file_fields: list[str] = field(default_factory=list)

    def get(self, name: str, default: str = "") -> str:
        """Return the last value of this name, without surrounding white space; empty if nothing of it is seen."""
        value = self.values.get(name, [default])[-1].strip()
        return "" if is_blank(value) else value

    def all(self, name: str) -> list[str]:
        """Return every value of this name that is not empty."""
        return [value.strip() for value in self.values.get(name, []) if not is_blank(value)]

    def add(self, name: str, value: str) -> None:
        """Add one value, without NUL characters, which a database text cannot hold and nobody types."""
        self.values.setdefault(name.replace("\0", ""), []).append(value.replace("\0", ""))


def check_token(form: Form, token: str, header: str | None) -> None:
    """Check that a form was sent from a page of this session.

    Args:
        form: The form; its field `csrf` holds the token.
        token: The session's token.
        header: The token of the request's header `x-csrf`, used if the form has none.

    Raises:
        Stale: They differ: the page belongs to another session.
    """
    if not has_token(form, token, header):
        raise Stale(STALE)


def has_token(form: Form, token: str, header: str | None = None) -> bool:
    """Tell whether a form has a token, in its field `csrf` or, if that is empty, in the header; in constant time."""
    sent_token = form.get("csrf") or header or ""
    return hmac.compare_digest(sent_token.encode(), token.encode())


async def read_form(request: WebRequest) -> Form:
    """Read an urlencoded form, at most 2 MB.

    Args:
        request: The request; its body can be read only once.

    Returns:
        The form, with its token not yet checked.

    Raises:
        Malformed: It is not UTF-8.
        TooLarge: The form is longer, or has more than 2 000 fields.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FIELDS_BYTES:
            raise TooLarge("Formuläret är för stort. Korta texten, eller bifoga den som fil.")
    if body.count(b"&") >= MAX_FIELDS:
        raise TooLarge("Formuläret är för stort. Korta texten, eller bifoga den som fil.")
    form = Form()
    for name, value in _parsed(body):
        form.add(name, value)
    return form


def _parsed(body: bytearray) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise Malformed(INCOMPLETE) from None  # the error holds what was sent


Taking: TypeAlias = Generator[None, bytes, Any]
"""Receives one file: gets each piece as it arrives, and an empty one at the end; its return value is kept.

It runs in threads, one at a time but not always the same one. If it returns early, the rest of the file is skipped.
If the form breaks off, the generator is closed, and cleans up as any generator does.
"""
OnFile: TypeAlias = Callable[[str, str], Taking]
"""Called with the name and the type of each file; the return value of its generator is kept in `Form.files`.

Example:
    def in_memory(name: str, content_type: str) -> Generator[None, bytes, File]:
        content = bytearray()
        while piece := (yield):
            content += piece
        return File(name, content_type, bytes(content))
"""


class UploadThreads:
    """Limits the threads of one process that receive files."""

    def __init__(self) -> None:
        self.all = CapacityLimiter(UPLOAD_THREADS)
        self._own: WeakValueDictionary[Hashable, CapacityLimiter] = WeakValueDictionary()

    def of(self, whose: Hashable) -> CapacityLimiter:
        """Return the limiter of the threads that finish one person's files; None gets one of its own."""
        own = CapacityLimiter(OWN_THREADS)
        return own if whose is None else self._own.setdefault(whose, own)


class SignedOut(NotSignedIn):
    """The session ended while the user was writing; `form` is the submitted form, so that nothing is lost."""

    def __init__(self, message: str, form: Form) -> None:
        super().__init__(message)
        self.form = form


class AskedAgain(StepUp):
    """The user `user_id` must identify again; `form` is the submitted form, so that nothing is lost."""

    def __init__(self, message: str, form: Form, user_id: UUID, *, wanted: int) -> None:
        super().__init__(message, wanted=wanted)
        self.form, self.user_id = form, user_id


class SecretsGone(Stale):
    """The sealed secrets of a resent form cannot be opened; `form` is the rest, so that only the secrets are lost."""

    title = "Något behöver skrivas igen"

    def __init__(self, message: str, form: Form) -> None:
        super().__init__(message)
        self.form = form


def sends_form(request: WebRequest) -> bool:
    """Tell whether the browser submits a form from a whole page, as opposed to an htmx request or a program."""
    in_place = "hx-request" in request.headers or "text/html" not in request.headers.get("accept", "")
    return request.method == "POST" and not in_place


async def read_multipart(request: WebRequest, on_file: OnFile | None = None, whose: Hashable = None) -> Form:
    """Read a multipart form; each file is handed over while it arrives, and never written to disk in plain text.

    Args:
        request: The request that brings it.
        on_file: Receives each file. None if the sender may not send files: reading stops at the first one, and the
            form is what came before it.
        whose: The sender, if finishing a file may take long: their files then use only some of the threads.

    Raises:
        Malformed: The body does not match its header.
        TooLarge: The fields (not the files) are longer than 2 MB.
        BudkavleError: The body came too slowly, or is larger than its sender may send (see `request_limits`).
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != "multipart/form-data" or not options.get("boundary"):
        return await read_form(request)
    parser = PushMultipartParser(options["boundary"], max_segment_count=MAX_FIELDS)
    threads: UploadThreads = request.app.state.upload_threads
    try:
        async with aclosing(_walk(parser, request.stream())) as events:
            return await _Reader(events, on_file, threads.all, threads.of(whose)).run()
    except MultipartError as error:
        raise Malformed(INCOMPLETE) from error
    finally:
        parser.close(check_complete=False)


Event: TypeAlias = MultipartSegment | bytes | bytearray | None


async def _walk(parser: PushMultipartParser, stream: AsyncIterator[bytes]) -> AsyncGenerator[Event, None]:
    async for chunk in stream:
        for event in parser.parse(chunk):
            yield event
    for event in parser.parse(b""):
        yield event
    parser.close()  # raises an error if the last boundary is missing


class _Reader:
    """Walks the events of the parser: a header, then the pieces of its segment, then None."""

    def __init__(
        self,
        events: AsyncGenerator[Event, None],
        on_file: OnFile | None,
        threads: CapacityLimiter,
        own: CapacityLimiter,
    ) -> None:
        self._events = events
        self._on_file = on_file
        self._threads = threads
        self._own = own
        self._form = Form()
        self._bytes = 0

    async def run(self) -> Form:
        async for event in self._events:
            if not isinstance(event, MultipartSegment):
                continue
            if not event.filename:
                await self._field(event)
            elif self._on_file is None:
                break
            else:
                await self._file(event, self._on_file)
        return self._form

    async def _field(self, segment: MultipartSegment) -> None:
        value = bytearray()
        while (piece := await self._piece()) is not None:
            value += piece
            self._bytes += len(piece)
            if self._bytes > MAX_FIELDS_BYTES:
                raise TooLarge("Formuläret är för stort. Korta texten, eller bifoga den som fil.")
        if segment.filename is None:
            try:
                self._form.add(segment.name or "", value.decode())
            except UnicodeDecodeError:
                raise Malformed(INCOMPLETE) from None

    async def _file(self, segment: MultipartSegment, on_file: OnFile) -> None:
        taker = _Taker(on_file(segment.filename or "", segment.content_type or "application/octet-stream"))
        try:
            await self._hand_over(taker)
        except BaseException:
            with CancelScope(shield=True):  # delete what has been written, whatever ended the request
                await to_thread.run_sync(taker.give_up, limiter=self._threads)
            raise
        self._form.files.append(taker.result)
        self._form.file_fields.append(segment.name or "")

    async def _hand_over(self, taker: "_Taker") -> None:
        gathered = bytearray()
        while (piece := await self._piece()) is not None:
            if taker.is_done:
                continue
            gathered += piece
            if len(gathered) >= GATHERED:
                await to_thread.run_sync(taker.take, bytes(gathered), limiter=self._threads)
                gathered.clear()
        async with self._own:  # does not block a thread while it waits
            await to_thread.run_sync(taker.end, bytes(gathered), limiter=self._threads)

    async def _piece(self) -> bytes | None:
        event = await anext(self._events, None)
        return bytes(event) if isinstance(event, (bytes, bytearray)) else None


class _Taker:
    """Drives the generator that takes one file."""

    def __init__(self, taking: Taking) -> None:
        self._taking = taking
        self._begun = False
        self.is_done = False
        self.result: Any = None

    def take(self, piece: bytes) -> None:
        """Send it the next piece."""
        try:
            if not self._begun:
                self._begun = True
                next(self._taking)
            self._taking.send(piece)
        except StopIteration as end:
            self.is_done, self.result = True, end.value

    def end(self, rest: bytes) -> None:
        """Send it the rest, and tell it that the file is complete."""
        for piece in (rest, b"") if rest else (b"",):
            if not self.is_done:
                self.take(piece)
        self._taking.close()

    def give_up(self) -> None:
        """Tell it that no more will come."""
        self._taking.close()
