"""An OpenID provider's metadata and keys, cached."""

import ssl
import threading
import time
from typing import Any, TypeVar

import httpx
import msgspec
from joserfc.jwk import Key

from budkavle_eid.claims import Refused, safe_url
from budkavle_identity_tokens import Clock, KeysUnavailable, RemoteKeys

METADATA_SECONDS = 3600.0
AGAIN_SECONDS = 30.0
"""Seconds after which metadata are requested again from a provider that is down, while the cached ones are in use."""
SILENT_SECONDS = 5.0
"""Seconds for which a provider that did not answer counts as down."""
MAX_BYTES = 1_000_000
DOWN = "Legitimeringstjänsten svarar inte just nu. Försök igen om en stund, eller välj ett annat sätt."
T = TypeVar("T")


class Metadata(msgspec.Struct, frozen=True):
    """The parts of the discovery document that we use (Discovery 1.0, section 3; RP-Initiated Logout 1.0; RFC 9207)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    claims_parameter_supported: bool = False
    authorization_response_iss_parameter_supported: bool = False


class Issuer:
    """One provider.

    Args:
        issuer: Its identifier, as in the settings.
        timeout: The timeout of one response in seconds.
        clock: Returns the time in seconds.
    """

    def __init__(self, issuer: str, timeout: float, clock: Clock = time.time) -> None:
        self.issuer = issuer
        self._timeout = timeout
        self._clock = clock
        self._lock = threading.Lock()
        self._metadata: tuple[float, Metadata] | None = None  # and until when they are cached
        self._silent_until = 0.0
        self._keys: RemoteKeys | None = None
        self._tls: ssl.SSLContext | None = None

    def metadata(self) -> Metadata:
        """Return the discovery document, at most an hour old unless the provider is down.

        Raises:
            Refused: It does not answer, or is not what the settings say.
        """
        with self._lock:
            now = self._clock()
            if self._metadata is None or now > self._metadata[0]:
                if now < self._silent_until:
                    raise Refused("unreachable-lately", DOWN)
                self._renew(now)
            return self._metadata[1]  # type: ignore[index] # a first reading that fails has raised

    def _renew(self, now: float) -> None:
        """Fetch the discovery document; while the provider is down, waiting callers do not all call it."""
        try:
            self._metadata = (now + METADATA_SECONDS, self._discover())
        except Refused:
            if self._metadata is None:
                self._silent_until = self._clock() + SILENT_SECONDS
                raise
            self._metadata = (now + AGAIN_SECONDS, self._metadata[1])

    def keys(self, key_id: str | None) -> list[Key]:
        """Return the keys with this id, or all if the token names none; see `RemoteKeys.find`.

        Raises:
            Refused: The provider does not answer.
        """
        try:
            return self._keys_at(self.metadata().jwks_uri).find(key_id)
        except KeysUnavailable as error:
            raise Refused(str(error), DOWN) from error

    def _keys_at(self, address: str) -> RemoteKeys:
        with self._lock:
            if self._keys is None or self._keys.url != address:
                self._keys = RemoteKeys(address, self._timeout, self._clock)
            return self._keys

    def ask(self, method: str, url: str, kind: type[T], **more: Any) -> T:
        """Call the provider, and parse its JSON response.

        Raises:
            Refused: It does not answer in time, returns an error, or returns something else.
        """
        try:
            with (
                httpx.Client(timeout=self._timeout, trust_env=False, verify=self._context()) as client,
                client.stream(method, url, **more) as answer,
            ):
                body = bytearray()
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > MAX_BYTES:
                        raise Refused("answer-too-long", DOWN)
        except httpx.HTTPError as error:
            raise Refused(f"unreachable-{type(error).__name__}", DOWN) from error
        if answer.status_code != 200:
            raise Refused(f"status-{answer.status_code}", "" if answer.is_client_error else DOWN)
        try:
            return msgspec.json.decode(bytes(body), type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refused("answer-not-json", DOWN) from error

    def _context(self) -> ssl.SSLContext:
        self._tls = self._tls or ssl.create_default_context()
        return self._tls

    def _discover(self) -> Metadata:
        metadata = self.ask("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration", Metadata)
        if metadata.issuer != self.issuer:
            raise Refused("metadata-of-another-issuer", DOWN)
        addresses = (
            metadata.authorization_endpoint,
            metadata.token_endpoint,
            metadata.jwks_uri,
            metadata.userinfo_endpoint,
            metadata.end_session_endpoint,
        )
        if not all(safe_url(address) for address in addresses if address):
            raise Refused("metadata-unencrypted", DOWN)
        return metadata
