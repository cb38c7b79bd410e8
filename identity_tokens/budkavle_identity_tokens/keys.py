"""The keys that an issuer signs with, fetched from the address where it publishes them and cached for an hour."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

Clock = Callable[[], float]
"""Gives the time in seconds since 1970."""
KEYS_SECONDS = 3600.0
AGAIN_SECONDS = 30.0
"""Keys are not fetched again for an unknown key sooner than this, so that forged tokens cannot cause many requests."""
SILENT_SECONDS = 5.0
"""An issuer that did not respond is not asked again for this many seconds."""
MAX_BYTES = 1_000_000
KINDS = frozenset({"RSA", "EC"})


class KeysUnavailable(Exception):
    """The issuer's keys cannot be read. The text is a word for the log."""


class _KeySet(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


class RemoteKeys:
    """The public keys of one issuer (JWK Set, RFC 7517).

    Keys that have been read remain in use while the issuer does not respond. It is thread-safe; other threads wait
    while one fetches.

    Args:
        url: The address where the issuer publishes them.
        timeout: The timeout of the response in seconds.
        clock: The time.
    """

    def __init__(self, url: str, timeout: float, clock: Clock = time.time) -> None:
        self.url = url
        self._timeout = timeout
        self._clock = clock
        self._lock = threading.Lock()
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._keys: Sequence[Key] = ()
        self._fault = ""
        self._tls: ssl.SSLContext | None = None

    def find(self, key_id: str | None) -> list[Key]:
        """Return the keys that may have signed a token.

        Args:
            key_id: The token's `kid`. None if it has none.

        Returns:
            The key with this id, or all keys if there is no id. Empty if the issuer has no such key.

        Raises:
            KeysUnavailable: The issuer does not respond, and no keys are cached.
        """
        with self._lock:
            now = self._clock()
            stale = now - self._fetched_at > KEYS_SECONDS or not _with_id(self._keys, key_id)
            if stale and now - self._tried_at >= AGAIN_SECONDS:
                self._renew(now)
            if not self._keys:
                raise KeysUnavailable("no-keys")
            return _with_id(self._keys, key_id)

    def check(self) -> str:
        """Try to read the keys if it is time to.

        Returns:
            Why they could not be read the last time, as a word for the log. Empty if they could.
        """
        try:
            self.find("")
        except KeysUnavailable as error:
            return str(error)
        return self._fault

    def _renew(self, now: float) -> None:
        self._tried_at = now
        try:
            self._keys = list(_signing(self._fetch()))
            self._fetched_at, self._fault = now, ""
        except KeysUnavailable as error:
            self._fault = str(error)
            if not self._keys:
                self._tried_at = now - AGAIN_SECONDS + SILENT_SECONDS
                raise

    def _fetch(self) -> list[dict[str, Any]]:
        self._tls = self._tls or ssl.create_default_context()
        body = bytearray()
        try:
            with (
                httpx.Client(timeout=self._timeout, trust_env=False, verify=self._tls) as client,
                client.stream("GET", self.url) as answer,
            ):
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > MAX_BYTES:
                        raise KeysUnavailable("answer-too-long")
        except httpx.HTTPError as error:
            raise KeysUnavailable(f"unreachable-{type(error).__name__}") from error
        if answer.status_code != httpx.codes.OK:
            raise KeysUnavailable(f"status-{answer.status_code}")
        try:
            return msgspec.json.decode(bytes(body), type=_KeySet).keys
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise KeysUnavailable("answer-not-json") from error


def _signing(published: Sequence[Mapping[str, Any]]) -> Iterator[Key]:
    """Yield the keys for signatures. A key that cannot be read does not affect the others."""
    for parameters in published:
        if parameters.get("kty") in KINDS and parameters.get("use", "sig") == "sig":
            try:
                yield JWKRegistry.import_key(dict(parameters))
            except (JoseError, ValueError, TypeError):
                continue


def _with_id(keys: Sequence[Key], key_id: str | None) -> list[Key]:
    return [key for key in keys if key_id is None or key.kid == key_id]
