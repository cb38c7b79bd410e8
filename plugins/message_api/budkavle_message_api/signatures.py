"""Signed tokens, and the keys that verify them (RFC 7515, 7517, 7519)."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from budkavle import Invalid
from budkavle_identity_tokens import TokenRefused, verify_signature
from budkavle_message_api.problems import Unauthorized

UNREADABLE = "Det är ingen läsbar token."
OTHERWISE_SIGNED = "Token är signerad på ett sätt som inte tas emot."
WRONG_SIGNATURE = "Signaturen stämmer inte med någon nyckel som klienten har här."
_SENTENCES = {
    "token-unreadable": UNREADABLE,
    "token-algorithm": OTHERWISE_SIGNED,
    "token-brings-its-key": OTHERWISE_SIGNED,
}
SKEW = 60
"""Seconds by which the peer's clock may differ."""
KEYS_SECONDS, AGAIN_SECONDS, MAX_BYTES = 3600.0, 30.0, 500_000
SMALLEST_RSA = 2048


def claims_of(token: str, keys: Callable[[str | None], Sequence[Key]]) -> Mapping[str, Any]:
    """Return the claims of a signed token, after verifying its signature.

    Args:
        token: The compact form.
        keys: Returns the keys that may have signed it, by `kid`.

    Raises:
        Unauthorized: It is unreadable, or was not signed by such a key.
    """
    if "x5c" in header(token):
        raise Unauthorized(OTHERWISE_SIGNED)
    try:
        return verify_signature(token, keys)
    except TokenRefused as refused:
        raise Unauthorized(_SENTENCES.get(refused.reason, WRONG_SIGNATURE)) from refused


def header(token: str) -> Mapping[str, Any]:
    """Return the unverified header.

    Raises:
        Unauthorized: It is not a signed token.
    """
    return _part(token, 0)


def unverified(token: str) -> Mapping[str, Any]:
    """Return the claims before the signature is verified; only for finding the keys to verify it with."""
    return _part(token, 1)


def _part(token: str, number: int) -> Mapping[str, Any]:
    from joserfc.util import urlsafe_b64decode

    parts = token.split(".")
    try:
        if len(parts) != 3:
            raise ValueError("not three parts")  # noqa: TRY301 - anything that is not a token gets the same response
        return msgspec.json.decode(urlsafe_b64decode(parts[number].encode()), type=dict[str, Any])
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        raise Unauthorized(UNREADABLE) from error


def check_times(claims: Mapping[str, Any], now: float, longest: float | None = None) -> float:
    """Check the times of a token, and return its expiry.

    Raises:
        Unauthorized: It has expired, is not valid yet, or expires later than allowed.
    """
    times = [claims.get("exp"), claims.get("nbf", 0), claims.get("iat", 0)]
    if not all(isinstance(moment, int | float) and not isinstance(moment, bool) for moment in times):
        raise Unauthorized("Token säger inte när den slutar gälla.")
    ends, *begins = (float(moment) for moment in times if moment is not None)
    if ends <= now - SKEW or any(moment > now + SKEW for moment in begins):
        raise Unauthorized("Token gäller inte nu. Kontrollera klockan och begär en ny.")
    if longest is not None and ends > now + longest + SKEW:
        raise Unauthorized("Token gäller för länge.")
    return ends


def audiences(claims: Mapping[str, Any]) -> list[str]:
    """Return the audiences of a token."""
    audience = claims.get("aud")
    return [name for name in (audience if isinstance(audience, list) else [audience]) if isinstance(name, str)]


_UNREADABLE = (JoseError, UnsupportedAlgorithm, AttributeError, LookupError, TypeError, ValueError)
"""Errors that the libraries raise for an invalid key: an unknown curve is a `KeyError`."""


def key_set(text: str) -> list[Key]:
    """Parse public keys: a JWK, a JWK Set, or PEM.

    Raises:
        Invalid: They are not keys, or are weak or private.
    """
    try:
        keys = _keys(text)
    except (*_UNREADABLE, msgspec.DecodeError, RecursionError) as error:
        raise Invalid("Nyckeln går inte att läsa. Ange en publik nyckel som PEM eller JWK.") from error
    if not keys:
        raise Invalid("Det finns ingen nyckel för signaturer där. Ange en RSA- eller EC-nyckel.")
    if any(key.is_private for key in keys):
        raise Invalid("Det är en privat nyckel. Den ska stanna hos klienten: klistra in den publika.")
    return keys


def _keys(text: str) -> list[Key]:
    if text.lstrip().startswith("-----BEGIN"):
        from joserfc.jwk import ECKey, RSAKey

        for kind in (RSAKey, ECKey):
            try:
                return [_strong(kind.import_key(text))]
            except _UNREADABLE:
                continue
        raise ValueError("no RSA or EC key")
    read = msgspec.json.decode(text, type=dict[str, Any])
    listed = read.get("keys", [read])
    if not isinstance(listed, list):
        raise ValueError("no list of keys")  # noqa: TRY004 - the same error for everything unreadable
    ours = [key for key in listed if isinstance(key, dict) and key.get("kty") in {"RSA", "EC"}]
    return [_strong(JWKRegistry.import_key(dict(key))) for key in ours if key.get("use", "sig") == "sig"]


def _strong(key: Any) -> Key:
    if key.key_type == "RSA" and key.raw_value.key_size < SMALLEST_RSA:
        raise ValueError("a short key")
    checked: Key = key
    return checked


def public_set(keys: Sequence[Key]) -> str:
    """Return public keys as a JWK Set, the stored form."""
    return msgspec.json.encode({"keys": [key.as_dict(private=False) for key in keys]}).decode()


class KeySets:
    """Keys fetched from URLs, and cached; if a URL fails, its earlier keys are kept.

    Args:
        client: Creates the HTTP client that fetches them.
        plain: Whether URLs may be unencrypted.
        clock: The time in seconds.
    """

    def __init__(
        self, client: Callable[[], httpx.Client], *, plain: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client, self._plain, self._clock = client, plain, clock
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._keys: dict[str, tuple[float, list[Key]]] = {}

    def keys(self, url: str, kid: str | None) -> list[Key]:
        """Return the keys with this id, or all if the token names none.

        An unknown key id makes us fetch the keys again, at most every half minute, so that forged tokens cannot cause
        endless requests.

        Raises:
            Unauthorized: They cannot be fetched.
        """
        with self._lock:
            url_lock = self._locks.setdefault(url, threading.Lock())
        with url_lock:  # a slow URL must not make others wait
            at, keys = self._keys.get(url, (float("-inf"), []))
            stale = self._clock() - at > (KEYS_SECONDS if _of_id(keys, kid) else AGAIN_SECONDS)
            if stale:
                keys = self._fetch(url, keys)
                self._keys[url] = (self._clock(), keys)
            return _of_id(keys, kid)

    def _fetch(self, url: str, before: list[Key]) -> list[Key]:
        if not self._plain and not url.startswith("https://"):
            return before
        try:
            return key_set(self._read(url).decode("utf-8", "replace"))
        except (httpx.HTTPError, httpx.InvalidURL, Invalid):
            return before

    def _read(self, url: str) -> bytes:
        with (
            self._client() as client,
            client.stream("GET", url, headers={"Accept": "application/json"}) as answer,
        ):
            body = bytearray()
            for piece in answer.raise_for_status().iter_bytes():
                body += piece
                if len(body) > MAX_BYTES:
                    raise Invalid("Nycklarna är för många.")
            return bytes(body)


def _of_id(keys: Sequence[Key], kid: str | None) -> list[Key]:
    return [key for key in keys if kid is None or key.kid in {None, kid}]
