"""Our key at an OpenID provider: the signed assertion that authenticates our client (`private_key_jwt`).

Source: OpenID Connect Core 1.0, section 9; RFC 7523.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, RSAKey
from joserfc.util import urlsafe_b64encode

from budkavle import Misconfigured

ASSERTION_SECONDS = 60


@dataclass(frozen=True, slots=True)
class ClientKey:
    """Our key for `private_key_jwt` (RFC 7523), with its algorithm and header."""

    key: Key
    header: Mapping[str, str]

    @classmethod
    def load(cls, pem: str, kid: str, certificate: Path | None) -> "ClientKey":
        """Load the key.

        Raises:
            Misconfigured: It is not a private RSA or P-256 key, or the certificate cannot be read.
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
        """Return a new assertion for the token endpoint."""
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
