"""An authenticator in this process, which can also lie; and an installation with two accounts."""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from budkavle import Platform
from budkavle.accounts import create_organisation, create_user
from budkavle.model.people import User
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor

SITE = "https://budkavle.example"
SYSTEM = system_actor()


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """A device with one passkey.

    Attributes:
        origin: The origin of the page, according to the browser.
        rp_id: The site that the passkey belongs to.
        verified: Whether the person was verified.
        count: The signature counter; None for a device without one.
        handle: The user handle that it returns.
    """

    origin: str = SITE
    rp_id: str = "budkavle.example"
    verified: bool = True
    count: int | None = 0
    handle: bytes = b""
    cross_origin: bool = False
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def make(self, challenge: str, user_id: UUID) -> str:
        """Answer `navigator.credentials.create`."""
        self.handle = user_id.bytes
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        credential = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(0x40) + credential}
        response = {
            "clientDataJSON": b64(self._client("webauthn.create", challenge)),
            "attestationObject": b64(cbor2.dumps(attestation)),
        }
        return self._sent(response)

    def use(self, challenge: str, **more: Any) -> str:
        """Answer `navigator.credentials.get`."""
        if self.count is not None:
            self.count += 1
        data, client = self._data(0), self._client(more.pop("kind", "webauthn.get"), challenge)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": b64(client),
            "authenticatorData": b64(data),
            "signature": b64(signature),
            "userHandle": b64(self.handle),
        }
        return self._sent({**response, **more})

    def _data(self, flags: int) -> bytes:
        present = 0x01 | (0x04 if self.verified else 0)
        count = (self.count or 0).to_bytes(4, "big")
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags | present]) + count

    def _client(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": self.cross_origin}
        return json.dumps(said).encode()

    def _sent(self, response: dict[str, str]) -> str:
        return json.dumps({"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response})


@pytest.fixture
def authenticator() -> Authenticator:
    """A device."""
    return Authenticator()


@pytest.fixture
def platform(budkavle_open: Callable[..., Platform]) -> Platform:
    """An installation with passkeys."""
    return budkavle_open(enabled=("eid",), base_url=SITE, plugins={"eid": {"passkey": [{}]}})


@pytest.fixture
def people(platform: Platform) -> tuple[User, User]:
    """Anna, and Olle of another organisation."""
    made = []
    for name in ("Anna", "Olle"):
        organisation = create_organisation(platform, SYSTEM, f"{name}s kommun")
        actor = system_actor(organisation.id)
        made.append(in_work(platform, actor, create_user, email=f"{name.lower()}@habo.example", name=name))
    return made[0], made[1]
