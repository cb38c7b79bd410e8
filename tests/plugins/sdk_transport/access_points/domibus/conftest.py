"""Two stub access points that deliver to each other, and a client of ours at each."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from budkavle.storage.vault import FileKeys, Vault
from budkavle_sdk_transport.access_points.domibus.client import DomibusAccessPoint
from budkavle_sdk_transport.access_points.domibus.parcel_store import ParcelStore
from budkavle_sdk_transport.access_points.interface import Parcel
from budkavle_sdk_transport.formats.identifiers import DOCUMENT_MESSAGE
from budkavle_sdk_transport.settings import SoapSettings
from budkavle_sdk_transport.simulator.domibus_stub.delivery import Retry
from budkavle_sdk_transport.simulator.domibus_stub.server import Stub, running

HABO, KISA, NOBODY = "0203:habo.example", "0203:kisa.example", "0203:nobody.example"
PATIENCE = 10.0
_numbers = count()


def settings(url: str, **more: Any) -> SoapSettings:
    """Settings with timeouts that suit a test."""
    return SoapSettings(**{"url": url, "timeout_seconds": 10.0, "connect_seconds": 10.0, **more})


def kept_in(folder: Path) -> ParcelStore:
    """A store of parcels in a folder, sealed by its own vault."""
    return ParcelStore(folder, Vault(FileKeys.make(folder.with_suffix(".key"))))


@dataclass
class Pair:
    """The access points of Habo and Kisa, and a client for each."""

    habo: Stub
    kisa: Stub
    folder: Path
    directory: dict[str, str]
    clients: list[DomibusAccessPoint] = field(default_factory=list)

    def client(self, stub: Stub, **more: Any) -> DomibusAccessPoint:
        url = stub.older_url if more.get("interface") == "backend" else stub.url
        self.clients.append(DomibusAccessPoint(settings(url, **more), kept_in(self.folder / f"kept-{next(_numbers)}")))
        return self.clients[-1]

    def parcel(self, payload: bytes = b"<xhe/>", *, recipient: str = KISA, transport_id: str = "") -> Parcel:
        name = transport_id or f"{next(_numbers)}-{os.urandom(4).hex()}"
        return Parcel(name, HABO, recipient, DOCUMENT_MESSAGE, "conversation-1", payload)

    def wait_for(self, client: DomibusAccessPoint, transport_id: str, *words: str) -> str:
        """Poll until the access point reports one of these states."""
        return until(partial(client.status, transport_id), lambda word: word in words)


def until(ask: Callable[[], Any], enough: Callable[[Any], bool] = bool) -> Any:
    end = monotonic() + PATIENCE
    while not enough(found := ask()):
        assert monotonic() < end, f"It stayed at {found}."
        sleep(0.01)
    return found


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """One pair for a module's tests."""
    folder = tmp_path_factory.mktemp("stubs")
    directory: dict[str, str] = {}
    retry = Retry(tries=3, seconds=0.02)
    with (
        running(Stub(folder / "habo", "AP0001-OPEN-TEST", directory=directory, retry=retry)) as habo,
        running(Stub(folder / "kisa", "AP0002-OPEN-TEST", directory=directory, retry=retry)) as kisa,
    ):
        directory.update({HABO: habo.between, KISA: kisa.between})
        yield Pair(habo, kisa, folder, directory)


@pytest.fixture
def pair(both: Pair) -> Iterator[Pair]:
    """The pair without content and with normal behaviour."""
    for stub in (both.habo, both.kisa):
        stub.message_store._do("DELETE FROM messages", ())
    yield both
    while both.clients:
        both.clients.pop().close()
    for stub in (both.habo, both.kisa):
        stub.faults.__init__()  # type: ignore[misc] # the delivering thread holds this object
        stub.users.clear()


@pytest.fixture
def habo(pair: Pair) -> DomibusAccessPoint:
    return pair.client(pair.habo)


@pytest.fixture
def kisa(pair: Pair) -> DomibusAccessPoint:
    return pair.client(pair.kisa)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A server's and a client's certificate of one CA, and a client's of another CA, in PEM files."""
    folder = tmp_path_factory.mktemp("certificates")
    for authority, names in (("ours", ("server", "client")), ("theirs", ("stranger",))):
        issuer = ec.generate_private_key(ec.SECP256R1())
        _certify(folder, authority, issuer, authority, issuer)
        for name in names:
            _certify(folder, name, ec.generate_private_key(ec.SECP256R1()), authority, issuer)
    return folder


def _certify(folder: Path, name: str, key: Any, authority: str, issuer: Any) -> None:
    now, is_authority = datetime.now(UTC), name == authority
    builder = (
        x509.CertificateBuilder(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, authority)]),
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
            key.public_key(),
            x509.random_serial_number(),
            now - timedelta(days=1),
            now + timedelta(days=1),
        )
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if is_authority:  # from Python 3.13 on, verification asks for all that RFC 5280 does
        signs = dict.fromkeys(("key_cert_sign", "crl_sign"), True)
        others = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
        none = dict.fromkeys((*others, "encipher_only", "decipher_only"), False)
        builder = builder.add_extension(x509.KeyUsage(**signs, **none), critical=True)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificate = builder.sign(issuer, hashes.SHA256()).public_bytes(Encoding.PEM)
    (folder / f"{name}.pem").write_bytes(secret + certificate)


@pytest.fixture(scope="module")
def server_pem(certificates: Path) -> Path:
    """A server's key and certificate, and its CA's certificate."""
    path = certificates / "chained.pem"
    path.write_bytes((certificates / "server.pem").read_bytes() + (certificates / "ours.pem").read_bytes())
    return path
