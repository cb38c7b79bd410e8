"""What a browser sends: forms with their token, and files that are encrypted while they arrive.

Litestar's own `UploadFile` writes plain text to the temporary folder, so multipart bodies are read here, piece by
piece, and each file's pieces go straight to the vault.
"""

import hmac
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from anyio import from_thread, to_thread
from litestar import Request
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from budkavle.errors import Forbidden, Invalid, TooLarge

WebRequest: TypeAlias = Request[Any, Any, Any]
MAX_FIELDS_BYTES = 2_000_000
MAX_FIELDS = 2_000
STALE = (
    "Gå tillbaka i webbläsaren: det du skrev finns kvar i fälten. Kopiera det, läs in sidan på nytt och försök igen."
)


class Stale(Forbidden):
    """The page belongs to another session than the visitor has now, or comes from somewhere else."""

    title = "Sidan är för gammal"


@dataclass(slots=True)
class Form:
    """The fields of a form; a name may come several times.

    Attributes:
        files: What `on_file` returned, in order, for each file with a name.
    """

    values: dict[str, list[str]] = field(default_factory=dict)
    files: list[Any] = field(default_factory=list)

    def get(self, name: str, default: str = "") -> str:
        """Return the last value of this name, without surrounding white space."""
        return self.values.get(name, [default])[-1].strip()

    def all(self, name: str) -> list[str]:
        """Return every value of this name that is not empty."""
        return [value.strip() for value in self.values.get(name, []) if value.strip()]

    def add(self, name: str, value: str) -> None:
        """Add one value, without NUL, which no database text can hold and no person types."""
        self.values.setdefault(name.replace("\0", ""), []).append(value.replace("\0", ""))


def check_token(form: Form, token: str, header: str | None) -> None:
    """Compare the form's token, or the header's, with the session's.

    Raises:
        Stale: They differ: the page belongs to another session.
    """
    given = form.get("csrf") or header or ""
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise Stale(STALE)


async def read_form(request: WebRequest) -> Form:
    """Read an urlencoded form, at most 2 MB.

    Raises:
        TooLarge: The form is longer, or has more than 2 000 fields.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FIELDS_BYTES:
            raise TooLarge("Formuläret är för stort. Korta texten, eller bifoga den som fil.")
    form, text = Form(), body.decode("utf-8", "replace")
    if text.count("&") >= MAX_FIELDS:
        raise TooLarge("Formuläret är för stort. Korta texten, eller bifoga den som fil.")
    for name, value in parse_qsl(text, keep_blank_values=True):
        form.add(name, value)
    return form


OnFile: TypeAlias = Callable[[str, str, Iterator[bytes]], Any]
"""Called in a thread with the file's name, its type and its pieces; what it returns is kept in `Form.files`."""


async def read_multipart(request: WebRequest, on_file: OnFile) -> Form:
    """Read a multipart form; each file is handed over while it arrives, never written down in clear.

    Raises:
        Invalid: The body is not what its header says.
        TooLarge: The fields (not the files) are longer than 2 MB.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != "multipart/form-data" or not options.get("boundary"):
        return await read_form(request)
    try:
        with PushMultipartParser(options["boundary"], max_segment_count=MAX_FIELDS) as parser:
            return await _Reader(parser, request.stream(), on_file).run()
    except MultipartError as error:
        raise Invalid("Formuläret kom inte fram helt. Försök igen.") from error


class _Reader:
    """Walks the events of the parser: a header, then the pieces of its segment, then None."""

    def __init__(self, parser: PushMultipartParser, stream: AsyncIterator[bytes], on_file: OnFile) -> None:
        self._events = self._walk(parser, stream)
        self._on_file = on_file
        self._form = Form()
        self._bytes = 0

    @staticmethod
    async def _walk(
        parser: PushMultipartParser, stream: AsyncIterator[bytes]
    ) -> AsyncIterator[MultipartSegment | bytes | bytearray | None]:
        async for chunk in stream:
            for event in parser.parse(chunk):
                yield event
        for event in parser.parse(b""):
            yield event

    async def run(self) -> Form:
        async for event in self._events:
            if isinstance(event, MultipartSegment):
                await (self._file(event) if event.filename else self._field(event))
        return self._form

    async def _field(self, segment: MultipartSegment) -> None:
        value = bytearray()
        while (piece := await self._piece()) is not None:
            value += piece
            self._bytes += len(piece)
            if self._bytes > MAX_FIELDS_BYTES:
                raise TooLarge("Formuläret är för stort. Korta texten, eller bifoga den som fil.")
        if segment.filename is None:
            self._form.add(segment.name or "", value.decode("utf-8", "replace"))

    async def _file(self, segment: MultipartSegment) -> None:
        pieces = self._pieces_in_thread()
        kind = segment.content_type or "application/octet-stream"
        stored = await to_thread.run_sync(self._on_file, segment.filename or "", kind, pieces)
        self._form.files.append(stored)

    async def _piece(self) -> bytes | None:
        event = await anext(self._events, None)
        return bytes(event) if isinstance(event, (bytes, bytearray)) else None

    def _pieces_in_thread(self) -> Iterator[bytes]:
        while (piece := from_thread.run(self._piece)) is not None:
            yield piece
