"""A temporary CA: certificates for the simulated services, for their clients, and for Freja's signatures."""

import contextlib
import ipaddress
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Certificates:
    """The files of one simulation, all PEM; keys are in separate files, named `.key`."""

    folder: Path

    @property
    def ca(self) -> Path:
        """The CA of all of them."""
        return self.folder / "ca.pem"

    @property
    def server(self) -> Path:
        """The certificate of the services, for 127.0.0.1 and localhost."""
        return self.folder / "server.pem"

    @property
    def client(self) -> Path:
        """The certificate of a relying party."""
        return self.folder / "client.pem"

    @property
    def other_client(self) -> Path:
        """The certificate of another relying party."""
        return self.folder / "other-client.pem"

    @property
    def signing(self) -> Path:
        """The certificate that Freja signs its responses with."""
        return self.folder / "signing.pem"

    @property
    def persons(self) -> Path:
        """The folder of BankID's CA for persons; its root is `root.pem`."""
        return self.folder / "persons"

    @property
    def stranger(self) -> Path:
        """A self-signed certificate, which nobody trusts."""
        return self.folder / "stranger.pem"


def certificates(folder: Path) -> Certificates:
    """Return the certificates in a folder, created on first use."""
    made_once(folder, _make)
    return Certificates(folder)


def made_once(folder: Path, make: Callable[[Path], None]) -> None:
    """Create a folder if it does not exist; of two concurrent callers, one succeeds."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as made, contextlib.suppress(FileExistsError):
            make(Path(made))
            shutil.copytree(made, folder)


def _make(folder: Path) -> None:
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = _certificate("Budkavle simulator CA", ca_key, None)
    write(folder / "ca.pem", ca)
    for name, subject in (("server", "127.0.0.1"), ("client", "Budkavle"), ("other-client", "Another party")):
        key = ec.generate_private_key(ec.SECP256R1())
        write(folder / f"{name}.pem", _certificate(subject, key, (ca, ca_key)), key)
    for name in ("signing", "stranger"):
        rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        write(folder / f"{name}.pem", _certificate(name, rsa_key, None), rsa_key)


def _certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None,
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")])
    issuer_key = issuer[1] if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer[0].subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + YEAR)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(_usage(authority=issuer is None), critical=True)
    )
    if issuer is not None:
        uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = builder.add_extension(names, critical=False).add_extension(uses, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def write(
    path: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None
) -> None:
    """Write a certificate and its key."""
    path.write_bytes(certificate.public_bytes(Encoding.PEM))
    if key is not None:
        private = path.with_suffix(".key")
        private.touch(mode=0o600)
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
