"""Runs the library, which is WSGI, under our server, which is ASGI.

A request's body is read by a thread that waits for it. There are few of those threads, in a separate pool, so that slow
clients do not block other requests. While a response is sent, no thread waits: each piece is made by a thread, and sent
by the event loop.
"""

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from litestar.types import HTTPScope, Receive, Send

from budkavle import Unavailable

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterator[bytes]]
_BUSY: Final = "Det är många som sparar filer just nu. Försök igen om en stund."
_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding"})


class Threads:
    """A separate thread pool for requests of one kind.

    Args:
        name: The threads' name.
        count: How many there are.
        waiting: How many requests may wait for one.
    """

    def __init__(self, name: str, count: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(count, name)
        self._most = count + waiting
        self._taken = 0

    async def run(self, function: Callable[[], Any]) -> Any:
        """Run a function in one of the threads.

        Raises:
            Unavailable: Too many requests are waiting.
        """
        if self._taken >= self._most:
            raise Unavailable(_BUSY)
        self._taken += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, function)
        finally:
            self._taken -= 1


class Input:
    """The body of a request, read by a thread while the event loop receives it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, receive: Receive) -> None:
        self._loop, self._receive = loop, receive
        self._rest = bytearray()
        self._is_whole = False

    def read(self, size: int = -1) -> bytes:
        """Return this many bytes, or fewer at the end.

        Raises:
            BudkavleError: The body did not arrive, arrived too slowly, or is larger than allowed.
        """
        while not self._is_whole and (size < 0 or len(self._rest) < size):
            message: Any = asyncio.run_coroutine_threadsafe(_next(self._receive), self._loop).result()
            if message["type"] != "http.request":
                raise ConnectionError("The client has gone.")
            self._rest += message.get("body", b"")
            self._is_whole = not message.get("more_body")
        end = len(self._rest) if size < 0 else size
        data = bytes(self._rest[:end])
        del self._rest[:end]
        return data


class Answer:
    """The library's response, piece by piece."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:  # noqa: ARG002
        """Receive status and headers, as in WSGI."""
        self.status = int(status[:3])
        self.headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in headers
            if name.lower() not in _HOP
        ]


async def run(application: Application, environ: Environ, threads: Threads, send: Send, answer: Answer) -> None:
    """Answer a request by a WSGI application.

    Args:
        application: The application.
        environ: The request.
        threads: The thread pool to run it in.
        send: Sends the response.
        answer: Receives status and headers.

    Raises:
        Unavailable: Too many requests wait for the threads.
    """
    context = contextvars.copy_context()
    chunks = iter(application(environ, answer.start))
    following = partial(context.run, next, chunks, None)
    try:
        chunk = await threads.run(following)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        while chunk is not None:
            if chunk:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            chunk = await threads.run(following)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            with suppress(Unavailable):  # then it is closed when it is garbage-collected
                await asyncio.shield(threads.run(partial(context.run, close)))


def make_environ(scope: HTTPScope, path: str, mount: str, body: Input) -> Environ:
    """Return a request in WSGI's form.

    Args:
        scope: The request in ASGI's form.
        path: Its path below the mount, decoded once.
        mount: Where the application is mounted.
        body: Its body.
    """
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": mount,
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "wsgi.url_scheme": scope.get("scheme") or "http",
        "wsgi.input": body,
    }
    for name, value in scope["headers"]:
        key = name.decode("latin-1").upper().replace("-", "_")
        environ[key if key in {"CONTENT_LENGTH", "CONTENT_TYPE"} else f"HTTP_{key}"] = value.decode("latin-1")
    return environ


def decoded_path(raw: bytes) -> str | None:
    """Return a path decoded once; None if a name in it has a slash, or it is not text."""
    if b"%2f" in raw.lower() or b"%5c" in raw.lower():
        return None
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        return None


async def _next(receive: Receive) -> Any:
    return await receive()
