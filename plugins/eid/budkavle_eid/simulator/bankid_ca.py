"""A throw-away BankID authority: a root, a bank, its responder, and certificates of persons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from budkavle_eid.simulator.ca import made_once, write
from budkavle_eid.simulator.persons import Person

POLICY = {"mobile": "1.2.752.78.1.5", "file": "1.2.752.78.1.1"}
BEGINS, ENDS = datetime(2020, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Signer:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: PrivateKey


@dataclass(frozen=True, slots=True)
class Authority:
    """BankID as persons' certificates know it."""

    root: Signer
    bank: Signer
    responder: Signer

    def person(self, person: Person, at: datetime, *, policy: str = "", lives: timedelta = 365 * DAY) -> Signer:
        """Return a person's BankID, issued a month before a day; the same one all day."""
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        return _person(self.bank, person, day - 30 * DAY, policy or POLICY[person.bankid], lives)


@lru_cache(maxsize=256)
def _person(bank: Signer, person: Person, begins: datetime, policy: str, lives: timedelta) -> Signer:
    names = {
        NameOID.COUNTRY_NAME: "SE",
        NameOID.SURNAME: person.family_name,
        NameOID.GIVEN_NAME: person.given_name,
        NameOID.SERIAL_NUMBER: person.number,
        NameOID.COMMON_NAME: person.name,
    }
    key, kind = _rsa(person.key), x509.PolicyInformation(x509.ObjectIdentifier(policy), None)
    return Signer(_issue(names, key, bank, (begins, begins + lives), [x509.CertificatePolicies([kind])]), key)


def authority(folder: Path) -> Authority:
    """Return the authority of a folder, made at the first time."""
    made_once(folder, _make)
    return Authority(*(_read(folder / f"{name}.pem") for name in ("root", "bank", "responder")))


@lru_cache(maxsize=1)
def stranger() -> Authority:
    """Return an authority that calls itself just the same, and that nobody trusts."""
    return _new()


def _new() -> Authority:
    root_key, bank_key = ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP256R1())
    root = Signer(_issue({NameOID.COMMON_NAME: "BankID simulator root"}, root_key, None, (BEGINS, ENDS)), root_key)
    bank_name = {NameOID.ORGANIZATION_NAME: "Simulated bank", NameOID.COMMON_NAME: "Simulated bank customer CA"}
    bank = Signer(_issue(bank_name, bank_key, root, (BEGINS, ENDS), authority=True), bank_key)
    key = _rsa("responder")
    answering = [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])]
    responder = _issue({NameOID.COMMON_NAME: "Simulated bank OCSP"}, key, bank, (BEGINS, ENDS), answering)
    return Authority(root, bank, Signer(responder, key))


def _make(folder: Path) -> None:
    made = _new()
    for name, one in (("root", made.root), ("bank", made.bank), ("responder", made.responder)):
        write(folder / f"{name}.pem", one.certificate, one.key)


def _read(path: Path) -> Signer:
    key = load_pem_private_key(path.with_suffix(".key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)  # noqa: S101 (we wrote it)
    return Signer(x509.load_pem_x509_certificate(path.read_bytes()), key)


@lru_cache(maxsize=64)
def _rsa(whose: str) -> rsa.RSAPrivateKey:  # noqa: ARG001 - each their own, once in a process: they take their time
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _issue(
    names: dict[x509.ObjectIdentifier, str],
    key: PrivateKey,
    issuer: Signer | None,
    lives: tuple[datetime, datetime],
    extensions: Sequence[x509.ExtensionType] = (),
    *,
    authority: bool = False,
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in names.items()])
    by, authority = issuer.key if issuer else key, authority or issuer is None
    usage = {"digital_signature": not authority, "key_cert_sign": authority, "crl_sign": authority}
    others = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    every = {**usage, **dict.fromkeys((*others, "encipher_only", "decipher_only"), False)}
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(lives[0])
        .not_valid_after(lives[1])
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**every), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(by, hashes.SHA256())
