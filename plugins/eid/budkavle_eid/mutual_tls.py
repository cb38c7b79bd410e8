"""Calls to a peer over mutual TLS: our client certificate, the peer's CA, and short JSON responses only."""

import json
import secrets
import ssl
import tempfile
import threading
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    pkcs12,
)

from budkavle import Misconfigured

T = TypeVar("T")
MAX_BYTES = 500_000
"""More than any response of BankID or Freja, including its signature."""
PKCS12 = {".p12", ".pfx"}


AT_ONCE = 20
"""The most concurrent calls to one peer: a silent one must not block every thread of the pages."""
QUEUE_SECONDS = 2.0


class PeerDown(Exception):
    """The peer could not be reached, or did not answer in time; it may answer again soon."""


class PeerRefused(Exception):
    """The peer refused a call, with a reason."""


class PeerStrange(Exception):
    """The peer's response does not follow its specification, and is not trusted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The status of a response, and its JSON object."""

    status: int
    body: Mapping[str, Any] = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return self.status == httpx.codes.OK

    def read(self, kind: type[T]) -> T:
        """Convert the object to a type; fields that the type does not have are ignored.

        Raises:
            PeerStrange: A field is missing or has the wrong type.
        """
        try:
            return msgspec.convert(self.body, kind)
        except msgspec.ValidationError as error:
            raise PeerStrange("the answer lacks something or has it in the wrong type") from error


@dataclass(frozen=True, slots=True)
class Key:
    """Our client certificate, as in the settings."""

    certificate: Path
    key: Path | None = None
    passphrase: str = ""


class Peer:
    """One external service.

    Args:
        base_url: Its base URL; paths are appended to it.
        key: Our client certificate.
        ca: The CA (PEM) of its certificates; None means those of the system.
        timeout: The timeout in seconds of connecting, and of each read.

    Raises:
        Misconfigured: A file is missing or invalid.
    """

    def __init__(self, base_url: str, key: Key, ca: Path | None, timeout: float) -> None:
        self._timeout = timeout
        self._free = threading.BoundedSemaphore(AT_ONCE)
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=10)
        self._client = httpx.Client(
            base_url=base_url.rstrip("/") + "/",
            verify=tls(key, ca),
            timeout=timeout,
            limits=limits,
            trust_env=False,
            follow_redirects=False,
        )
        self.close = weakref.finalize(self, self._client.close)
        """Close its connections; this happens automatically when the peer is no longer referenced."""

    def post(self, path: str, content: bytes, content_type: str) -> Answer:
        """Post, and read a JSON object.

        Raises:
            PeerDown: It did not answer, its certificate was invalid, or too many calls already wait.
            PeerStrange: The response is too large, or not a JSON object.
        """
        if not self._free.acquire(timeout=min(QUEUE_SECONDS, self._timeout)):
            raise PeerDown("too many wait already")
        try:
            return self._post(path, content, content_type)
        finally:
            self._free.release()

    def _post(self, path: str, content: bytes, content_type: str) -> Answer:
        headers = {"content-type": content_type, "accept": "application/json"}
        try:
            with self._client.stream("POST", path.lstrip("/"), content=content, headers=headers) as response:
                raw = _limited(response, self._timeout)
        except httpx.TransportError as error:
            raise PeerDown(type(error).__name__) from error
        except httpx.HTTPError as error:
            raise PeerStrange(type(error).__name__) from error
        return Answer(response.status_code, _object(raw, response.status_code))


def _limited(response: httpx.Response, seconds: float) -> bytes:
    """Read the whole response, with limits on size and time, so that a slow peer blocks nothing."""
    raw, end = b"", time.monotonic() + seconds
    for piece in response.iter_bytes():
        raw += piece
        if len(raw) > MAX_BYTES:
            raise PeerStrange("the answer is too large")
        if time.monotonic() > end:
            raise PeerDown("the answer never ended")
    return raw


def _object(raw: bytes, status: int) -> Mapping[str, Any]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise PeerDown(f"status {status}") from error
        raise PeerStrange("the answer is no JSON") from error
    if not isinstance(body, dict):
        raise PeerStrange("the answer is no JSON object")
    return body


def tls(key: Key, ca: Path | None) -> ssl.SSLContext:
    """Return the TLS context: TLS 1.2 or newer, only the peer's CA, our certificate.

    Raises:
        Misconfigured: A file cannot be used; the sentence names it.
    """
    context = _trusting(ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if key.certificate.suffix.lower() in PKCS12:
            _load_pkcs12(context, key)
        else:
            # Without a passphrase OpenSSL would ask for one on the terminal.
            context.load_cert_chain(key.certificate, key.key, password=key.passphrase)
    except (OSError, ValueError) as error:
        raise Misconfigured(
            "Certifikatet {path} eller dess nyckel går inte att läsa ({reason}). Rätta certificate, key eller "
            "passphrase i inställningarna.",
            path=str(key.certificate),
            reason=_reason(error),
        ) from error
    return context


def _trusting(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ValueError) as error:
        raise Misconfigured(
            "Utfärdarens certifikat {path} går inte att läsa ({reason}). Rätta ca i inställningarna.",
            path=str(ca),
            reason=_reason(error),
        ) from error


def _load_pkcs12(context: ssl.SSLContext, key: Key) -> None:
    """Pass a PKCS#12 to OpenSSL, which takes only files: the key is re-encrypted before it is written to disk."""
    password = key.passphrase.encode() or None
    private, certificate, intermediates = pkcs12.load_key_and_certificates(key.certificate.read_bytes(), password)
    if private is None or certificate is None:
        raise ValueError("no key or no certificate")
    passphrase = secrets.token_hex(32)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode()))
    chain = b"".join(link.public_bytes(Encoding.PEM) for link in (certificate, *intermediates))
    with tempfile.TemporaryDirectory(prefix="budkavle-eid-") as folder:
        path = Path(folder) / "chain.pem"
        path.write_bytes(pem + chain)
        context.load_cert_chain(path, password=passphrase)


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or getattr(error, "reason", None) or type(error).__name__
