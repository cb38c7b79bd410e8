"""Asking a publisher or an authority over HTTP: bounded in bytes, in time and in the number of redirections."""

from __future__ import annotations

import ssl
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

MOST_REDIRECTS: Final = 3
ANY_SCHEME: Final = ("http", "https")
_OK: Final = httpx.codes.OK
_ABSENT: Final = frozenset({httpx.codes.NOT_FOUND, httpx.codes.GONE})


class Absent(LookupError):
    """The server says that there is no such thing."""


class Unreachable(Exception):
    """No usable answer; the sentence says from whom and why."""


@dataclass(slots=True, weakref_slot=True)
class Web:
    """One client for all that is asked, made at the first question.

    Attributes:
        seconds: How long an answer may take in all, redirections with it.
        ca: A file (PEM) of authorities for TLS, beside the system's.
        proxy: The address of a forward proxy; empty for none.
    """

    seconds: float = 5.0
    ca: Path | None = None
    proxy: str = ""
    _made: httpx.Client | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(
        self,
        url: str,
        *,
        most: int,
        schemes: Sequence[str] = ANY_SCHEME,
        allowed: Callable[[str], object] | None = None,
    ) -> bytes:
        """Fetch a document.

        Args:
            url: Its address.
            most: The largest that is read, in bytes.
            schemes: Those of this and every address that it redirects to.
            allowed: Asked for each address that it redirects to; raises ValueError where it must not be asked.

        Raises:
            Absent: 404 or 410.
            Unreachable: Anything else that is not the document.
        """
        end = time.monotonic() + self.seconds
        for _ in range(MOST_REDIRECTS + 1):
            status, location, body = self._ask("GET", url, most, end)
            if location is None:
                return _document(url, status, body)
            url = _redirected(url, location, schemes, allowed)
        raise Unreachable(f"{_host(url)} redirects in a circle.")

    def post(self, url: str, content: bytes, *, content_type: str, most: int) -> bytes:
        """Put a question and read the answer; see `get`. It is not redirected."""
        end = time.monotonic() + self.seconds
        headers = {"content-type": content_type}
        status, _, body = self._ask("POST", url, most, end, content=content, headers=headers)
        return _document(url, status, body)

    def _ask(
        self,
        method: str,
        url: str,
        most: int,
        end: float,
        *,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, str | None, bytes]:
        try:
            with self._client().stream(method, url, content=content, headers=headers) as response:
                if response.has_redirect_location:
                    return response.status_code, response.headers["location"], b""
                return response.status_code, None, _read(response, most, end)
        except httpx.TimeoutException as error:
            raise Unreachable(f"{_host(url)} does not answer (time-out).") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(f"{_host(url)} does not answer ({_reason(error)}).") from error

    def _client(self) -> httpx.Client:
        with self._lock:
            if self._made is None:
                context = ssl.create_default_context()
                context.minimum_version = ssl.TLSVersion.TLSv1_2
                if self.ca is not None:
                    context.load_verify_locations(self.ca)
                self._made = httpx.Client(
                    verify=context,
                    proxy=self.proxy or None,
                    timeout=self.seconds,
                    trust_env=False,
                    follow_redirects=False,
                    headers={"accept": "*/*", "user-agent": "budkavle"},
                    limits=httpx.Limits(max_connections=20, max_keepalive_connections=4, keepalive_expiry=20),
                )
                # Nobody is told when the parts are put away; so the connections go with the last who holds them.
                weakref.finalize(self, self._made.close)
            return self._made


def _read(response: httpx.Response, most: int, end: float) -> bytes:
    """Read the whole response, with limits on size and time, so that a slow server blocks nothing."""
    pieces, size = [], 0
    for piece in response.iter_bytes():
        size += len(piece)
        if size > most:
            raise Unreachable(f"{_host(str(response.url))} sends more than {most} bytes.")
        if time.monotonic() > end:
            raise Unreachable(f"{_host(str(response.url))} does not answer (time-out).")
        pieces.append(piece)
    return b"".join(pieces)


def _document(url: str, status: int, body: bytes) -> bytes:
    if status in _ABSENT:
        raise Absent(f"{_host(url)} says that there is no such thing (status {status}).")
    if status != _OK:
        raise Unreachable(f"{_host(url)} answers with status {status}.")
    return body


def _redirected(url: str, location: str, schemes: Sequence[str], allowed: Callable[[str], object] | None) -> str:
    try:
        to = httpx.URL(url).join(location)
        if allowed is not None:
            allowed(str(to))
    except (ValueError, httpx.InvalidURL) as error:
        raise Unreachable(f"{_host(url)} redirects to an address that is not asked.") from error
    if to.scheme not in schemes:
        raise Unreachable(f"{_host(url)} redirects to an address that is not of {' or '.join(schemes)}.")
    return str(to)


def _host(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return "An address that is none"
    return f"{parsed.host}:{parsed.port}" if parsed.port else parsed.host


def _reason(error: Exception) -> str:
    cause = error.__cause__
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its TLS certificate is not trusted: {cause.verify_message}"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
