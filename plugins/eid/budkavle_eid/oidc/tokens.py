"""ID tokens that are believed, and the assertion by which we show who we are.

Source: OpenID Connect Core 1.0, sections 3.1.3.7 and 9.
"""

import base64
import hmac
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64encode

from budkavle import Misconfigured
from budkavle_eid.claims import Refused
from budkavle_eid.oidc.issuer import Clock, Issuer

ALGORITHMS = {"RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "PS256": "RSA", "PS384": "RSA", "PS512": "RSA"}
ALGORITHMS |= {"ES256": "EC", "ES384": "EC", "ES512": "EC"}
"""What an ID token may be signed with, and the kind of key: never `none`, never a secret that the peer has too."""
FOREIGN_KEYS = ("jku", "x5u", "jwk", "crit")
"""Headers by which a token would bring its own key, or ask for what we do not know."""
SKEW = 120
"""Seconds that the peer's clock may be off."""
OLDEST = 600
"""Seconds since the token was issued; it was issued for this very flow."""
ASSERTION_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say."""

    client_id: str
    nonce: str


def check_id_token(token: str, issuer: Issuer, expected: Expected, clock: Clock) -> dict[str, Any]:
    """Return the claims of an ID token.

    Raises:
        Refused: Signature, algorithm, issuer, audience, time or nonce is not as it must be.
    """
    header = _header(token)
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS:
        raise Refused("token-algorithm")
    if any(name in header for name in FOREIGN_KEYS):
        raise Refused("token-brings-its-key")
    keys = [key for key in issuer.keys(header.get("kid")) if _fits(key, algorithm)]
    if not keys:
        raise Refused("token-key-unknown")
    claims = _verified(token, keys, algorithm)
    _check_claims(claims, issuer.issuer, expected, clock())
    return claims


def _header(token: str) -> dict[str, Any]:
    try:
        head, _, rest = token.partition(".")
        found = msgspec.json.decode(_decoded(head), type=dict[str, Any])
    except (ValueError, msgspec.DecodeError) as error:
        raise Refused("token-unreadable") from error
    if rest.count(".") != 1 or not isinstance(found.get("kid", ""), str):
        raise Refused("token-unreadable")
    return found


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _fits(key: Key, algorithm: str) -> bool:
    return key.key_type == ALGORITHMS[algorithm] and key.get("alg") in {None, algorithm}


def _verified(token: str, keys: Sequence[Key], algorithm: str) -> dict[str, Any]:
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    registry.max_header_length = 8_000
    for key in keys:
        try:
            return dict(jwt.decode(token, key, algorithms=[algorithm], registry=registry).claims)
        except (JoseError, ValueError):
            continue
    raise Refused("token-signature")


def _check_claims(claims: Mapping[str, Any], issuer: str, expected: Expected, now: float) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    times = [claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)]
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in times):
        raise Refused("token-times")
    expires, issued, begins = times
    checks = {
        "token-issuer": claims.get("iss") == issuer,
        "token-audience": expected.client_id in audiences,
        "token-party": claims.get("azp", expected.client_id) == expected.client_id,
        "token-parties": len(audiences) == 1 or "azp" in claims,
        "token-nonce": _same(claims.get("nonce"), expected.nonce),
        "token-subject": isinstance(claims.get("sub"), str) and 0 < len(claims["sub"]) <= 255,
        "token-expired": expires > now - SKEW,
        "token-early": issued < now + SKEW and begins < now + SKEW,
        "token-old": issued > now - OLDEST - SKEW,
    }
    wrong = next((reason for reason, fine in checks.items() if not fine), None)
    if wrong:
        raise Refused(wrong)


def _same(given: object, wanted: str) -> bool:
    return isinstance(given, str) and bool(wanted) and hmac.compare_digest(given.encode(), wanted.encode())


@dataclass(frozen=True, slots=True)
class ClientKey:
    """Our key for `private_key_jwt` (RFC 7523), with its algorithm and header."""

    key: Key
    header: Mapping[str, str]

    @classmethod
    def load(cls, pem: str, kid: str, certificate: Path | None) -> "ClientKey":
        """Read the key.

        Raises:
            Misconfigured: It is no private RSA or P-256 key, or the certificate cannot be read.
        """
        try:
            key = _imported(pem)
            thumbprint = {"x5t#S256": _thumbprint(certificate)} if certificate else {}
        except (JoseError, ValueError, OSError) as error:
            raise Misconfigured(
                "client_key eller client_certificate går inte att läsa ({fault}). Ange en privat nyckel (PEM, RSA"
                " eller P-256) och dess certifikat.",
                fault=type(error).__name__,
            ) from error
        algorithm = "ES256" if isinstance(key, ECKey) else "PS256"
        return cls(key, {"alg": algorithm, **({"kid": kid} if kid else {}), **thumbprint})

    def assertion(self, client_id: str, audience: str, now: float) -> str:
        """Return a fresh assertion for the token endpoint."""
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "jti": uuid.uuid4().hex,
            "iat": int(now),
            "exp": int(now) + ASSERTION_SECONDS,
        }
        algorithm = self.header["alg"]
        return jwt.encode(dict(self.header), claims, self.key, algorithms=[algorithm])


def _imported(pem: str) -> ECKey | RSAKey:
    for kind in (ECKey, RSAKey):
        try:
            key = kind.import_key(pem)
        except (JoseError, ValueError, TypeError, AttributeError):
            continue
        if key.is_private:
            return key
    raise ValueError("no private key")


def _thumbprint(path: Path) -> str:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return urlsafe_b64encode(certificate.fingerprint(hashes.SHA256())).decode()
