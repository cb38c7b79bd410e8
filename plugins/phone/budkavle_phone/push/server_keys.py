"""The key that signs an organisation's notices: push services refuse those signed by another key (RFC 8292)."""

from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from budkavle import Host
from budkavle_phone.tables import server_keys

LABEL = "phone.server-key"


def signing_key(host: Host, organisation_id: UUID) -> ec.EllipticCurvePrivateKey:
    """Return the organisation's key; it is created on first use and never changes, since browsers are bound to it."""
    stored = select(server_keys.c.sealed).where(server_keys.c.organisation_id == organisation_id)
    with host.transaction(organisation_id) as connection:
        sealed = connection.execute(stored).scalar_one_or_none()
        if sealed is None:
            row = {"organisation_id": organisation_id, "sealed": _made(host, organisation_id)}
            connection.execute(upsert(server_keys).values(row).on_conflict_do_nothing())
            sealed = connection.execute(stored).scalar_one()  # another process may have been first
    key = load_der_private_key(host.vault.open_small(organisation_id, LABEL, sealed), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the stored key is of another kind")
    return key


def public_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a key's public half in the format of browsers and push services."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _made(host: Host, organisation_id: UUID) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return host.vault.seal_small(organisation_id, LABEL, plain)
