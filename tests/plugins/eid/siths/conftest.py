"""A CA that issues cards, with names like those of SITHS; and an installation behind a proxy."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from litestar.testing import TestClient

from budkavle import Platform
from budkavle.web.app import create_app

POLICY = "1.2.752.74.6.99"
PROXY = "10.1.2.3"
BASE, CARDS = "https://budkavle.example", "https://kort.budkavle.example"
NOW = dt.datetime.now(dt.UTC)


@dataclass
class Authority:
    """A CA that issues cards."""

    name: str = "SITHS e-id Person HSA-id 3 CA v1"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def subject(self) -> x509.Name:
        """Its name."""
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])

    def certificate(self) -> bytes:
        """Its own certificate."""
        made = (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(self.subject)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(NOW - dt.timedelta(days=10))
            .not_valid_after(NOW + dt.timedelta(days=10))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self.key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM)

    def card(self, number: str = "SE2321000016-1003", **more: Any) -> str:
        """Return a card's certificate (PEM); `more` may change anything."""
        names = [
            (NameOID.COMMON_NAME, more.get("name", "Anna Test")),
            (NameOID.GIVEN_NAME, more.get("given", "Anna")),
            (NameOID.SURNAME, more.get("family", "Test")),
            (NameOID.SERIAL_NUMBER, number),
        ]
        subject = x509.Name([x509.NameAttribute(oid, text) for oid, text in names if text])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.subject)
            .public_key(ec.generate_private_key(ec.SECP256R1()).public_key())
            .serial_number(more.get("serial", x509.random_serial_number()))
            .not_valid_before(NOW - dt.timedelta(days=more.get("before", 5)))
            .not_valid_after(NOW + dt.timedelta(days=more.get("after", 5)))
        )
        usage = more.get("usage", ExtendedKeyUsageOID.CLIENT_AUTH)
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if more.get("policy"):
            information = x509.PolicyInformation(x509.ObjectIdentifier(more["policy"]), None)
            builder = builder.add_extension(x509.CertificatePolicies([information]), critical=False)
        if more.get("ca"):
            builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        signed = builder.sign(more.get("key", self.key), hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.PEM).decode()

    def crl(self, *serials: int, days: int = 1, key: ec.EllipticCurvePrivateKey | None = None) -> bytes:
        """Return a certificate revocation list."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.subject)
            .last_update(NOW - dt.timedelta(days=2))
            .next_update(NOW + dt.timedelta(days=days))
        )
        for serial in serials:
            revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW).build()
            builder = builder.add_revoked_certificate(revoked)
        return builder.sign(key or self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.fixture(scope="session")
def authority() -> Authority:
    """The trusted CA."""
    return Authority()


@pytest.fixture
def authorities(authority: Authority, tmp_path: Path) -> list[str]:
    """Its certificate, in a file."""
    path = tmp_path / "authority.pem"
    path.write_bytes(authority.certificate())
    return [str(path)]


@pytest.fixture
def install(budkavle_open: Callable[..., Platform], authorities: list[str]) -> Callable[..., Platform]:
    """Open an installation behind a proxy that requests cards."""

    def go(proxies: tuple[str, ...] = ("10.1.0.0/16",), **more: Any) -> Platform:
        card = {"url": f"{CARDS}/plugin/eid/siths/siths_card", "authorities": authorities, **more}
        return budkavle_open(
            enabled=("eid",), base_url=BASE, trusted_proxies=proxies, plugins={"eid": {"siths": [card]}}
        )

    return go


class Peer:
    """Sets the connecting address, as the server does."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.address = PROXY

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the request on."""
        scope["budkavle.peer"] = self.address
        await self.app(scope, receive, send)


@dataclass
class Web:
    """The web server, and the address that connects to it."""

    client: Any
    peer: Peer

    def show(self, pem: str | None, nonce: str, host: str = CARDS, header: str = "x-client-certificate") -> Any:
        """Request the URL where the proxy requests the card."""
        headers = {"host": host.removeprefix("https://"), **({header: quote(pem)} if pem is not None else {})}
        path = f"/plugin/eid/siths/siths_card?flow={nonce}"
        return self.client.get(path, headers=headers, follow_redirects=False)


@pytest.fixture
def serve() -> Iterator[Callable[[Platform], Web]]:
    """Serve an installation's pages."""

    def go(platform: Platform) -> Web:
        peer = Peer(create_app(platform))
        return Web(opened.enter_context(TestClient(app=peer)), peer)

    with ExitStack() as opened:
        yield go
