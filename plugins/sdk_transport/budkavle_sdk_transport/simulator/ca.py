"""A throw-away certificate authority. Its keys lie open in its folder and must never be trusted elsewhere."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from budkavle_sdk_transport.keys.key_pair import KeyPair, load_key_pair

KEY_BITS: Final = 3072
"""What Digg's own sample certificates have."""
_YEAR: Final = timedelta(days=365)
_HOUR: Final = timedelta(hours=1)


class Validity(NamedTuple):
    """From when and until when a certificate is valid.

    Attributes:
        start: None for yesterday.
        end: None for two years from now; an authority's lasts ten.
    """

    start: datetime | None = None
    end: datetime | None = None


class Issuer(NamedTuple):
    """Who signs a certificate."""

    name: x509.Name
    key: rsa.RSAPrivateKey


_USUAL: Final = Validity()


@dataclass(frozen=True, slots=True)
class CertificateAuthority:
    """Issues certificates for the participants and the metadata publisher of a simulated federation.

    Attributes:
        folder: Where pairs are kept, so that making keys is paid for once.
        pair: The authority's own.
    """

    folder: Path
    pair: KeyPair

    @classmethod
    def at(cls, folder: Path) -> CertificateAuthority:
        """Return the authority that lives in a folder; made when there is none."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / "authority.pem"
        if not path.exists():
            key = rsa.generate_private_key(65537, KEY_BITS)
            name = _name("Budkavle simulator CA", "Budkavle")
            _keep(path, KeyPair(key, _certificate(name, key, issuer=Issuer(name, key), authority=True)))
        return cls(folder, load_key_pair(path.read_bytes(), tested=True))

    def issue(
        self,
        common_name: str,
        organisation: str,
        *,
        valid: Validity = _USUAL,
        key: rsa.RSAPrivateKey | None = None,
        answers_at: Sequence[str] = (),
        usage: Sequence[x509.ObjectIdentifier] = (),
    ) -> KeyPair:
        """Make a fresh pair. It is valid from yesterday for two years, unless told otherwise.

        Args:
            common_name: The subject's common name.
            organisation: The subject's organisation.
            valid: From when and until when.
            key: None for a new one.
            answers_at: Where to ask about revocation: addresses that end in `.crl` are of the list, those in `.cer` of
                the issuer's certificate, others of OCSP.
            usage: Its extended uses.
        """
        key = key or rsa.generate_private_key(65537, KEY_BITS)
        certificate = _certificate(
            _name(common_name, organisation),
            key,
            issuer=Issuer(self.pair.certificate.subject, self.pair.private_key),
            valid=valid,
            extensions=[*_addresses(answers_at), *([x509.ExtendedKeyUsage(usage)] if usage else [])],
        )
        return KeyPair(key, certificate)

    def revoke(self, certificate: x509.Certificate) -> None:
        """Revoke a certificate; known to all that open the authority's folder."""
        with self._revoked.open("a") as file:
            file.write(f"{certificate.serial_number}\n")

    def revoked(self) -> set[int]:
        """Return the serial numbers of what is revoked."""
        return {int(line) for line in self._revoked.read_text().split()} if self._revoked.exists() else set()

    def revocation_list(
        self,
        *,
        at: datetime | None = None,
        lasts: timedelta = _HOUR,
        extensions: Sequence[x509.ExtensionType] = (),
    ) -> bytes:
        """Return the list of what is revoked, in DER form."""
        at = at or datetime.now(UTC)
        builder = x509.CertificateRevocationListBuilder(self.pair.certificate.subject, at, at + lasts)
        for number in self.revoked():
            entry = x509.RevokedCertificateBuilder(number, at).build()
            builder = builder.add_revoked_certificate(entry)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=True)
        return builder.sign(self.pair.private_key, hashes.SHA256()).public_bytes(Encoding.DER)

    def ocsp_response(
        self, question: bytes, *, signer: KeyPair | None = None, at: datetime | None = None, lasts: timedelta = _HOUR
    ) -> bytes:
        """Answer an OCSP request about a certificate of ours, signed by the authority or somebody else."""
        request, at = ocsp.load_der_ocsp_request(question), at or datetime.now(UTC)
        by = signer or self.pair
        gone = request.serial_number in self.revoked()
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                request.issuer_name_hash,
                request.issuer_key_hash,
                request.serial_number,
                request.hash_algorithm,
                ocsp.OCSPCertStatus.REVOKED if gone else ocsp.OCSPCertStatus.GOOD,
                at,
                at + lasts,
                at if gone else None,
                None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate)
        )
        if signer is not None:
            builder = builder.certificates([signer.certificate])
        return builder.sign(by.private_key, hashes.SHA256()).public_bytes(Encoding.DER)

    @property
    def _revoked(self) -> Path:
        return self.folder / "revoked"

    def kept(
        self,
        file_name: str,
        common_name: str,
        organisation: str,
        *,
        key: rsa.RSAPrivateKey | None = None,
        expired: bool = False,
    ) -> KeyPair:
        """Return the pair of that file name in the authority's folder; issued when it is not there.

        Args:
            file_name: Without its suffix.
            common_name: As `issue`.
            organisation: As `issue`.
            key: As `issue`.
            expired: Whether the certificate is out of time since yesterday.
        """
        path, yesterday = self.folder / f"{file_name}.pem", datetime.now(UTC) - timedelta(days=1)
        if not path.exists():
            times = (yesterday - timedelta(days=8), yesterday) if expired else (None, None)
            _keep(path, self.issue(common_name, organisation, valid=Validity(*times), key=key))
        return load_key_pair(path.read_bytes(), tested=True)


def _keep(path: Path, pair: KeyPair) -> None:
    """Write a pair that nobody has written yet; where another process was quicker, its pair stands."""
    draft = path.with_name(f"{path.name}.{uuid.uuid4()}")
    draft.touch(mode=0o600)
    try:
        draft.write_bytes(pair.to_pem())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()


def _name(common_name: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "SE"),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name),
        ]
    )


def _certificate(
    subject: x509.Name,
    key: rsa.RSAPrivateKey,
    *,
    issuer: Issuer,
    authority: bool = False,
    valid: Validity = _USUAL,
    extensions: Sequence[x509.ExtensionType] = (),
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid.start or now - timedelta(days=1))
        .not_valid_after(valid.end or now + (10 if authority else 2) * _YEAR)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
        .add_extension(_usage(authority), critical=True)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer.key, hashes.SHA256())


def _addresses(urls: Sequence[str]) -> Iterator[x509.ExtensionType]:
    lists = [x509.UniformResourceIdentifier(url) for url in urls if url.endswith(".crl")]
    others = [x509.UniformResourceIdentifier(url) for url in urls if not url.endswith(".crl")]
    if lists:
        yield x509.CRLDistributionPoints([x509.DistributionPoint([point], None, None, None) for point in lists])
    if others:
        yield x509.AuthorityInformationAccess(
            [x509.AccessDescription(_method(access.value), access) for access in others]
        )


def _method(url: str) -> x509.ObjectIdentifier:
    of_issuer = url.endswith(".cer")
    return AuthorityInformationAccessOID.CA_ISSUERS if of_issuer else AuthorityInformationAccessOID.OCSP


def _usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=not authority,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
