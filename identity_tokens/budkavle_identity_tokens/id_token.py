"""The ID token of an OpenID provider: who has signed in there, issued to our client in response to one request.

Source: OpenID Connect Core 1.0, section 3.1.3.7.
"""

import hmac
from dataclasses import dataclass
from typing import Any

from budkavle_identity_tokens.signatures import KeyFinder, refuse_unless, time_claims, verify_signature

SKEW = 120
"""The allowed difference of the provider's clock in seconds."""
OLDEST = 600
"""The highest age of the token in seconds. It was issued for this request."""
LONGEST_SUBJECT = 255


@dataclass(frozen=True, slots=True)
class ExpectedIdToken:
    """What an ID token must contain.

    Attributes:
        issuer: The provider's identifier.
        client_id: Our id at the provider, which is the audience.
        nonce: The nonce sent with the request. Never empty.
    """

    issuer: str
    client_id: str
    nonce: str


def check_id_token(token: str, expected: ExpectedIdToken, keys: KeyFinder, now: float) -> dict[str, Any]:
    """Return the claims of an ID token.

    Args:
        token: The compact form.
        expected: What it must contain.
        keys: Gives the provider's keys, such as `RemoteKeys.find`.
        now: The time in seconds since 1970.

    Raises:
        TokenRefused: Signature, algorithm, issuer, audience, time or nonce is wrong.
        KeysUnavailable: `keys` cannot read them.
    """
    claims = verify_signature(token, keys)
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    expires, issued, begins = time_claims({"nbf": 0, **claims}, "exp", "iat", "nbf")
    refuse_unless(
        {
            "token-issuer": claims.get("iss") == expected.issuer,
            "token-audience": expected.client_id in audiences,
            "token-party": claims.get("azp", expected.client_id) == expected.client_id,
            "token-parties": len(audiences) == 1 or "azp" in claims,
            "token-nonce": _is_same(claims.get("nonce"), expected.nonce),
            "token-subject": isinstance(claims.get("sub"), str) and 0 < len(claims["sub"]) <= LONGEST_SUBJECT,
            "token-expired": expires > now - SKEW,
            "token-early": issued < now + SKEW and begins < now + SKEW,
            "token-old": issued > now - OLDEST - SKEW,
        }
    )
    return claims


def _is_same(nonce: object, expected: str) -> bool:
    return isinstance(nonce, str) and bool(expected) and hmac.compare_digest(nonce.encode(), expected.encode())
