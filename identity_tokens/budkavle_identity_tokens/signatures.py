"""The signature of a token (JWS in compact form), verified only with the issuer's keys, never with the token's own.

Source: RFC 7515, RFC 7519, and RFC 8725 (JSON Web Token Best Current Practices).
"""

import base64
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

ALGORITHMS: Mapping[str, str] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "EC"),
}
"""The accepted algorithms, and the kind of key: never `none`, never a shared secret."""
FOREIGN_KEYS = ("jku", "x5u", "jwk", "crit")
"""Headers with which a token would bring its own key, or require what we do not support."""
MAX_TOKEN = 128_000
MAX_HEADER = 8_000
KeyFinder = Callable[[str | None], Sequence[Key]]
"""Gives the keys that may have signed a token with this `kid`."""


class TokenRefused(Exception):
    """A token that is not accepted.

    Args:
        reason: A word for the log, such as `token-signature`; never personal data.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def verify_signature(
    token: str,
    keys: KeyFinder,
    *,
    algorithms: Mapping[str, str] = ALGORITHMS,
    key_id_required: bool = False,
    types: Collection[str] | None = None,
    longest: int = MAX_TOKEN,
) -> dict[str, Any]:
    """Return the claims of a token with a valid signature. Their content is not checked here.

    Args:
        token: The compact form.
        keys: Gives the issuer's keys.
        algorithms: The accepted algorithms, each with the kind of key that it needs.
        key_id_required: Whether the header must name its key.
        types: The allowed types in the header (`typ`), in lower case. An empty one allows none. None allows anything.
        longest: The most characters of the token.

    Raises:
        TokenRefused: It is unreadable, signed in another way, brings its own key, or was not signed with such a key.
        KeysUnavailable: `keys` cannot read them.
    """
    if not token or len(token) > longest:
        raise TokenRefused("token-unreadable")
    header = _header(token)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise TokenRefused("token-algorithm")
    if types is not None and str(header.get("typ", "")).lower() not in types:
        raise TokenRefused("token-type")
    if any(name in header for name in FOREIGN_KEYS):
        raise TokenRefused("token-brings-its-key")
    if key_id_required and not header.get("kid"):
        raise TokenRefused("token-key-unnamed")
    fitting = [key for key in keys(header.get("kid")) if _fits(key, algorithm, algorithms)]
    if not fitting:
        raise TokenRefused("token-key-unknown")
    return _verified(token, fitting, algorithm)


def time_claims(claims: Mapping[str, Any], *names: str) -> tuple[float, ...]:
    """Return claims that must be times, in seconds since 1970.

    Raises:
        TokenRefused: One is missing, or is not a number.
    """
    moments = [claims.get(name) for name in names]
    if not all(isinstance(moment, int | float) and not isinstance(moment, bool) for moment in moments):
        raise TokenRefused("token-times")
    return tuple(moments)  # type: ignore[arg-type] # each has been checked


def refuse_unless(checks: Mapping[str, bool]) -> None:
    """Refuse a token for the first reason whose check fails.

    Raises:
        TokenRefused: A check fails.
    """
    wrong = next((reason for reason, holds in checks.items() if not holds), None)
    if wrong:
        raise TokenRefused(wrong)


def _header(token: str) -> dict[str, Any]:
    head, _, rest = token.partition(".")
    try:
        plain = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
        header = msgspec.json.decode(plain, type=dict[str, Any])
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        raise TokenRefused("token-unreadable") from error
    if rest.count(".") != 1 or not isinstance(header.get("kid", ""), str):
        raise TokenRefused("token-unreadable")
    return header


def _fits(key: Key, algorithm: str, algorithms: Mapping[str, str]) -> bool:
    return key.key_type == algorithms[algorithm] and key.get("alg") in {None, algorithm}


def _verified(token: str, keys: Sequence[Key], algorithm: str) -> dict[str, Any]:
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    registry.max_header_length = MAX_HEADER
    for key in keys:
        try:
            return dict(jwt.decode(token, key, algorithms=[algorithm], registry=registry).claims)
        except (JoseError, ValueError):
            continue
    raise TokenRefused("token-signature")
