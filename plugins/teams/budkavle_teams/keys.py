"""The keys that a tenant signs with, fetched from where it publishes them and remembered for an hour.

Source: Microsoft Learn, "Microsoft identity platform access tokens", section "Validate the signature".
"""

import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

Clock = Callable[[], float]
KEYS_SECONDS = 3600.0
AGAIN_SECONDS = 30.0
"""No sooner are keys fetched anew for a key that is not among them: a forger could have us ask for ever."""
SILENT_SECONDS = 5.0
"""For so long a tenant that did not answer is taken to be down."""
MAX_BYTES = 1_000_000


class NoAnswer(Exception):
    """The tenant's keys could not be read: a word for the log."""


class _KeySet(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


class Keys:
    """The keys of one tenant.

    Args:
        url: Where they are.
        timeout: Seconds that the answer may take.
        clock: The time in seconds.

    Attributes:
        fault: Why they could not be read when it was last tried; empty where they could.
    """

    fault = ""

    def __init__(self, url: str, timeout: float, clock: Clock = time.time) -> None:
        self._url = url
        self._timeout = timeout
        self._clock = clock
        self._lock = threading.Lock()
        self._fetched = float("-inf")
        self._tried = float("-inf")
        self._known: Mapping[str, RSAKey] = {}
        self._tls: ssl.SSLContext | None = None

    def of(self, kid: str) -> RSAKey | None:
        """Return the key of this id; None where the tenant has none.

        Raises:
            NoAnswer: The tenant does not answer, and did not lately.
        """
        with self._lock:
            now = self._clock()
            stale = now - self._fetched > KEYS_SECONDS or kid not in self._known
            if stale and now - self._tried >= AGAIN_SECONDS:
                self._renew(now)
            if not self._known:
                raise NoAnswer("no-keys")
            return self._known.get(kid)

    def _renew(self, now: float) -> None:
        """Fetch them; keys that are known are kept where the tenant does not answer."""
        self._tried = now
        try:
            self._known = {str(one["kid"]): RSAKey.import_key(dict(one)) for one in self._fetch() if _signs(one)}
            self._fetched, self.fault = now, ""
        except (JoseError, ValueError, NoAnswer) as error:
            self.fault = str(error) if isinstance(error, NoAnswer) else type(error).__name__
            if not self._known:
                self._tried = now - AGAIN_SECONDS + SILENT_SECONDS
                raise NoAnswer(self.fault) from error

    def _fetch(self) -> list[dict[str, Any]]:
        self._tls = self._tls or ssl.create_default_context()
        body = bytearray()
        try:
            with (
                httpx.Client(timeout=self._timeout, trust_env=False, verify=self._tls) as client,
                client.stream("GET", self._url) as answer,
            ):
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > MAX_BYTES:
                        raise NoAnswer("answer-too-long")
        except httpx.HTTPError as error:
            raise NoAnswer(type(error).__name__) from error
        if answer.status_code != httpx.codes.OK:
            raise NoAnswer(f"status-{answer.status_code}")
        try:
            return msgspec.json.decode(bytes(body), type=_KeySet).keys
        except msgspec.DecodeError as error:
            raise NoAnswer("answer-not-json") from error


def _signs(key: Mapping[str, Any]) -> bool:
    return key.get("kty") == "RSA" and key.get("use", "sig") == "sig" and isinstance(key.get("kid"), str)
