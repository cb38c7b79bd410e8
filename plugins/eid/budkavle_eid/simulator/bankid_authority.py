"""A temporary BankID CA: a root, a bank and its issuer for customers, an OCSP responder, and persons' certificates."""

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

from budkavle_eid.simulator.authority import made_once, write
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
    """BankID's CA for persons' certificates.

    Attributes:
        over: The bank, which has issued the certificate of `bank`, the issuer for its customers.
    """

    root: Signer
    over: Signer
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
    extensions = [x509.CertificatePolicies([kind]), _usage("content_commitment")]
    return Signer(_issue(names, key, bank, (begins, begins + lives), extensions), key)


def authority(folder: Path) -> Authority:
    """Return the CA in a folder, created on first use."""
    made_once(folder, _make)
    return Authority(*(_read(folder / f"{name}.pem") for name in ("root", "over", "bank", "responder")))


@lru_cache(maxsize=1)
def stranger() -> Authority:
    """Return an untrusted CA with the same names."""
    return _new()


def _new() -> Authority:
    keys = [ec.generate_private_key(ec.SECP384R1()) for _ in range(3)]
    names = ("BankID simulator root", "Simulated bank CA", "Simulated bank customer CA")
    chain: list[Signer] = []
    for key, name in zip(keys, names, strict=True):
        issuer = chain[-1] if chain else None
        extensions = [x509.BasicConstraints(ca=True, path_length=None), _usage("key_cert_sign", "crl_sign")]
        both = {NameOID.ORGANIZATION_NAME: "Simulated bank", NameOID.COMMON_NAME: name}
        chain.append(Signer(_issue(both, key, issuer, (BEGINS, ENDS), extensions), key))
    own_key = _rsa("responder")
    answering = [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), _usage("digital_signature")]
    own_name = {NameOID.COMMON_NAME: "Simulated bank OCSP"}
    root, over, bank = chain
    responder = _issue(own_name, own_key, bank, (BEGINS, ENDS), answering)
    return Authority(root, over, bank, Signer(responder, own_key))


def _make(folder: Path) -> None:
    made = _new()
    for name in ("root", "over", "bank", "responder"):
        signer: Signer = getattr(made, name)
        write(folder / f"{name}.pem", signer.certificate, signer.key)


def _read(path: Path) -> Signer:
    # We made it: testing an RSA key takes longer than all else here.
    key = load_pem_private_key(path.with_suffix(".key").read_bytes(), None, unsafe_skip_rsa_key_validation=True)
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
    extensions: Sequence[x509.ExtensionType],
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in names.items()])
    by = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(lives[0])
        .not_valid_after(lives[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    for extension in extensions:
        critical = isinstance(extension, x509.BasicConstraints | x509.KeyUsage)
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(by, hashes.SHA512())


def _usage(*uses: str) -> x509.KeyUsage:
    signing = ("digital_signature", "content_commitment", "key_cert_sign", "crl_sign")
    others = ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{use: use in uses for use in (*signing, *others)})
