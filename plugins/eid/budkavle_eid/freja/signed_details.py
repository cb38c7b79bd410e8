"""The signed part of Freja's answer: a compact JWS, verified with the certificates of the settings and nothing else."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from budkavle import Misconfigured
from budkavle_eid.freja.api import LEVELS
from budkavle_eid.mutual_tls import PeerStrange

ALGORITHMS: Final = ("RS256", "RS384", "RS512")
"""What a header may name; keys that a header brings or points to are never asked."""
SKEW: Final = 120.0
"""Seconds that clocks may differ."""
LIVES: Final = 120.0
"""Seconds that an authentication lives."""


class Basic(msgspec.Struct, frozen=True):
    """`basicUserInfo`."""

    name: str = ""
    surname: str = ""


class Ssn(msgspec.Struct, frozen=True):
    """`ssn`."""

    ssn: str
    country: str


class Network(msgspec.Struct, rename="camel", frozen=True):
    """`networkInfo`: where the app was."""

    public_ip: str = ""


class Attributes(msgspec.Struct, rename="camel", frozen=True):
    """What was asked for about the person."""

    basic_user_info: Basic = msgspec.field(default_factory=Basic)
    ssn: Ssn | None = None
    email_address: str = ""
    relying_party_user_id: str = ""
    registration_level: str = ""
    loa_level: str = ""
    organisation_id_identifier: str = ""
    network_info: Network = msgspec.field(default_factory=Network)


class Details(msgspec.Struct, rename="camel", frozen=True):
    """What Freja has signed; Organisation eID calls the reference by another name."""

    status: str
    timestamp: int | str
    min_registration_level: str = ""
    auth_ref: str = ""
    reference: str = ""
    requested_attributes: dict[str, Any] | None = None

    @property
    def seconds(self) -> float:
        """When it was signed, in seconds since 1970."""
        return int(self.timestamp) / 1000


def load_keys(paths: Sequence[Path]) -> tuple[RSAKey, ...]:
    """Read the certificates that answers may be signed with.

    Raises:
        Misconfigured: One is missing, or is no certificate with an RSA key.
    """
    return tuple(key for path in paths for key in _keys(path))


def _keys(path: Path) -> list[RSAKey]:
    try:
        keys = [certificate.public_key() for certificate in x509.load_pem_x509_certificates(path.read_bytes())]
    except (OSError, ValueError) as error:
        raise Misconfigured(
            "Frejas certifikat {path} går inte att läsa. Rätta signing i inställningarna.", path=str(path)
        ) from error
    if not all(isinstance(key, RSAPublicKey) for key in keys):
        raise Misconfigured(
            "Frejas certifikat {path} har ingen RSA-nyckel. Rätta signing i inställningarna.", path=str(path)
        )
    return [RSAKey.import_key(key) for key in keys if isinstance(key, RSAPublicKey)]


def verify(token: str, keys: Sequence[RSAKey], auth_ref: str, level: str, began: float) -> Details:
    """Return what was signed, if it is about this authentication and not below what was asked for.

    Args:
        token: The compact JWS.
        keys: What it may be signed with.
        auth_ref: Which authentication it must be about.
        level: The lowest registration level that will do; empty for Organisation eID, whose documentation has none.
        began: When the authentication began, in seconds since 1970.

    Raises:
        PeerStrange: The signature, or what it is about, does not hold.
    """
    details = _signed(token, keys)
    if (details.auth_ref or details.reference) != auth_ref:
        raise PeerStrange("signed about another authentication")
    if details.status != "APPROVED":
        raise PeerStrange("signed, but not approved")
    if level and details.min_registration_level not in LEVELS[LEVELS.index(level) :]:
        raise PeerStrange("signed for a lower level than was asked for")
    try:
        at = details.seconds
    except ValueError as error:
        raise PeerStrange("signed without a time") from error
    if not began - SKEW <= at <= began + LIVES + SKEW:
        raise PeerStrange("signed at another time")
    return details


def _signed(token: str, keys: Sequence[RSAKey]) -> Details:
    failed: Exception | None = None
    for key in keys:
        try:
            signed = jws.deserialize_compact(token, key, algorithms=ALGORITHMS)
            return msgspec.json.decode(signed.payload, type=Details)
        except (JoseError, ValueError, RecursionError) as error:
            failed = error
    raise PeerStrange("the signature does not hold") from failed


def attributes(details: Details, unsigned: dict[str, Any] | None) -> Attributes:
    """Return what is known about the person: what was signed, where attributes were, else what came beside it.

    Raises:
        PeerStrange: What came beside it says something else than what was signed, or makes no sense.
    """
    signed = details.requested_attributes
    if signed is not None and unsigned is not None and signed != unsigned:
        raise PeerStrange("signed attributes differ from those beside them")
    try:
        return msgspec.convert(signed if signed is not None else unsigned or {}, Attributes)
    except msgspec.ValidationError as error:
        raise PeerStrange("attributes of the wrong type") from error
